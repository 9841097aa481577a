// Finds the tokens of the assistant's turns: by the template's own marks, by rendering ever longer
// beginnings of the chat, or by where the words stand.

struct ChatTargets {
  struct Found {
    var isTarget: [Bool]
    var source: ChatTokens.Source
    var notes: [String] = []
  }

  /// Stands for an assistant's words; private use, so that no text has it.
  private static let stand = "\u{F8F0}\u{F8F1}\u{F8F2}"

  let messages: [ChatMessage]
  let template: ChatTemplate
  let context: ChatContext
  let encode: (String) throws -> [Token]

  /// The first `count` messages as text.
  func rendered(
    _ count: Int, prompts: Bool, standing: Int? = nil
  ) throws(TemplateFault) -> RenderedChat {
    var part = Array(messages.prefix(count))
    if let standing { part[standing].content = .text(Self.stand) }
    return try template.rendered(
      part, addGenerationPrompt: prompts, tools: context.tools, extra: context.extra,
      date: context.date)
  }

  func targets(
    _ full: RenderedChat, _ tokens: [Token], _ turns: ChatTokens.Turns
  ) throws -> Found {
    var selected = messages.indices.filter { messages[$0].role == "assistant" }
    if turns == .last { selected = Array(selected.suffix(1)) }
    guard let first = selected.first else {
      throw TemplateFault.tokens(
        reason: "the chat has no turn of the assistant, so it has no target",
        hint: "give each chat a message with the role `assistant`")
    }
    if !full.generationSpans.isEmpty {
      return marked(full, tokens, turns, first)
    }
    switch try byPrefix(full, tokens, selected) {
    case .success(let isTarget): return Found(isTarget: isTarget, source: .prefix)
    case .failure(let reason):
      let spans = try selected.map { try span(of: $0, in: full.text) }
      let note = "targets were found by the places of the words, as \(reason.words)"
      return Found(isTarget: Self.overlap(tokens, spans), source: .offsets, notes: [note])
    }
  }

  private static func overlap(_ tokens: [Token], _ spans: [Range<Int>]) -> [Bool] {
    tokens.map { token in spans.contains { $0.overlaps(token.bytes) } }
  }

  // MARK: Marks of the template

  private func marked(
    _ full: RenderedChat, _ tokens: [Token], _ turns: ChatTokens.Turns, _ first: Int
  ) -> Found {
    var spans = full.generationSpans
    if turns == .last {
      // Where the turns before it cannot be rendered alone, the last mark is the last turn.
      let before = try? rendered(first, prompts: false)
      if let before, full.text.utf8.starts(with: before.text.utf8) {
        spans = spans.filter { $0.lowerBound >= before.text.utf8.count }
      } else {
        spans = Array(spans.suffix(1))
      }
    }
    return Found(isTarget: Self.overlap(tokens, spans), source: .generation)
  }

  // MARK: Ever longer beginnings

  /// Why the beginnings do not serve.
  private struct Reason: Error {
    let words: String
  }

  private func byPrefix(
    _ full: RenderedChat, _ tokens: [Token], _ selected: [Int]
  ) throws -> Result<[Bool], Reason> {
    var isTarget = [Bool](repeating: false, count: tokens.count)
    for turn in selected {
      let (head, whole): (String, String)
      do throws(TemplateFault) {
        head = try rendered(turn, prompts: true).text
        whole = try rendered(turn + 1, prompts: false).text
      } catch {
        return .failure(Reason(words: "the template refuses the beginning of the chat"))
      }
      guard full.text.utf8.starts(with: whole.utf8) else {
        return .failure(Reason(words: "a turn reads otherwise when others follow it"))
      }
      guard whole.utf8.starts(with: head.utf8) else {
        return .failure(Reason(words: "the generation prompt is not how the turn begins"))
      }
      let (start, end) = (try encode(head).map(\.id), try encode(whole).map(\.id))
      let ids = tokens.lazy.map(\.id)
      guard ids.starts(with: start), ids.starts(with: end), start.count <= end.count else {
        return .failure(Reason(words: "the tokens of the beginning are not the first of the whole"))
      }
      try checkEnd(of: turn, whole)
      let blank = Self.blankTail(tokens[start.count..<end.count], full.text)
      for i in start.count..<(end.count - blank) { isTarget[i] = true }
    }
    return .success(isTarget)
  }

  /// How many tokens at the end only hold blanks, where others stand before them: the line end behind
  /// the token that ends the turn is never generated.
  private static func blankTail(_ tokens: ArraySlice<Token>, _ text: String) -> Int {
    let bytes = Array(text.utf8)
    let count = tokens.reversed().prefix { token in
      !token.bytes.isEmpty && token.bytes.upperBound <= bytes.count
        && bytes[token.bytes].allSatisfy { $0 == 0x20 || (9...13).contains($0) }
    }.count
    return count < tokens.count ? count : 0
  }

  // MARK: Places of the words

  /// What stands behind the words of a turn, up to the end of the turn.
  private func checkEnd(of turn: Int, _ whole: String) throws(TemplateFault) {
    guard case .text(let words) = messages[turn].content else { return }
    let bytes = Array(whole.utf8)
    let tail = PythonText.stripped(words, nil)
    guard bytes.suffix(tail.utf8.count).elementsEqual(tail.utf8), !tail.isEmpty else { return }
    throw Self.noEnd
  }

  private static let noEnd = TemplateFault.tokens(
    reason: "the chat template puts nothing behind the assistant's words, so a model would never"
      + " learn to stop",
    hint: "choose a template that ends turns with a token: --chat-template NAME|FILE")

  /// The bytes of a turn's words and of its end.
  private func span(of turn: Int, in full: String) throws(TemplateFault) -> Range<Int> {
    let stand = Array(Self.stand.utf8)
    let alone = Array(try rendered(turn + 1, prompts: false, standing: turn).text.utf8)
    guard let place = PythonText.find(stand, in: alone),
      PythonText.find(stand, in: alone, from: place + stand.count) == nil
    else {
      throw .tokens(
        reason: "the words of message \(turn + 1) do not stand in the chat, or more than once",
        hint: "leave messages without words out of the training data")
    }
    let tail = Self.ending(Array(alone[(place + stand.count)...]))
    guard !tail.isEmpty else { throw Self.noEnd }
    let with = Array(try rendered(messages.count, prompts: false, standing: turn).text.utf8)
    let bytes = Array(full.utf8)
    let start = zip(bytes, with).prefix { $0 == $1 }.count
    let shared = zip(bytes.reversed(), with.reversed()).prefix { $0 == $1 }.count
    let end = max(start, bytes.count - shared)
    guard bytes[end...].starts(with: tail) else {
      throw .tokens(
        reason: "the end of message \(turn + 1) cannot be told apart in the chat",
        hint: "choose a template that ends turns with a token: --chat-template NAME|FILE")
    }
    return start..<(end + tail.count)
  }

  /// Without blanks at its end, unless it is blanks only.
  private static func ending(_ tail: [UInt8]) -> [UInt8] {
    let kept = tail.reversed().drop { $0 == 0x20 || (9...13).contains($0) }
    return kept.isEmpty ? tail : kept.reversed()
  }
}
