// Generation over text: decoded as it is made, ended by tokens, strings, lengths or the caller, and counted.

/// Why a text ended.
package enum TextFinish: Sendable, Equatable {
  case stopToken(Int32)
  case stopString(String)
  case length
  case context
  /// The caller wanted no more.
  case cancelled

  init(_ finish: TokenFinish) {
    switch finish {
    case .stopToken(let token): self = .stopToken(token)
    case .length: self = .length
    case .context: self = .context
    }
  }

  /// The word of it in reports.
  package var name: String {
    switch self {
    case .stopToken: "stop token"
    case .stopString: "stop string"
    case .length: "length"
    case .context: "context"
    case .cancelled: "cancelled"
    }
  }
}

/// What one step adds to one text.
package struct TextPiece: Sendable, Equatable {
  /// Place of the prompt.
  package var row: Int
  /// Whole characters, often none: text that may become a stop string or is half a character waits.
  package var text: String
  /// The token that was chosen.
  package var token: GeneratedToken
  /// Set on the last piece of its text.
  package var finish: TextFinish?
}

/// Tokens and seconds of a generation, all rows together.
package struct GenerationCounts: Sendable, Equatable {
  package var promptTokens = 0
  /// Tokens that were dropped from the front of prompts to fit the context.
  package var droppedTokens = 0
  package var newTokens = 0
  /// Until the first tokens were there: reading the prompts.
  package var prefillSeconds = 0.0
  /// Between the first tokens and the last.
  package var decodeSeconds = 0.0
  /// Tokens behind the first of each row.
  fileprivate(set) package var decodedTokens = 0

  package var prefillRate: Double {
    prefillSeconds > 0 ? Double(promptTokens - droppedTokens) / prefillSeconds : 0
  }
  package var decodeRate: Double { decodeSeconds > 0 ? Double(decodedTokens) / decodeSeconds : 0 }
}

/// A generation of texts under way; as `TokenGeneration`, it computes only inside `next`.
package final class TextGeneration {
  private let tokens: TokenGeneration
  private var rows: [Int: Row]
  package private(set) var counts = GenerationCounts()

  fileprivate struct Row {
    var stream: any TextStream
    var stops: StopStrings
  }

  /// Continues prompts of tokens.
  ///
  /// - Throws: as `TokenGeneration`.
  package init(
    _ generator: TextGenerator, prompts: [[Int32]], settings: GenerationSettings, stops: [String]
  ) throws(GenerationFault) {
    var settings = settings
    settings.vocabulary = min(settings.vocabulary ?? .max, generator.coder.size)
    tokens = try TokenGeneration(
      generator.model, prompts: prompts, settings: settings, adapter: generator.adapter)
    rows = Dictionary(
      uniqueKeysWithValues: prompts.indices.map {
        ($0, Row(stream: generator.coder.textStream(), stops: StopStrings(stops)))
      })
    counts.promptTokens = prompts.reduce(0) { $0 + $1.count }
    counts.droppedTokens = tokens.droppedTokens.reduce(0, +)
  }

  /// What the next token adds to every text that has not ended; nil once all have.
  ///
  /// - Throws: as `TokenGeneration.next`.
  package func next() throws(GenerationFault) -> [TextPiece]? {
    let start = ContinuousClock.now
    guard let new = try tokens.next() else { return nil }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if counts.newTokens == 0 {
      counts.prefillSeconds = seconds
    } else {
      counts.decodeSeconds += seconds
      counts.decodedTokens += new.count
    }
    counts.newTokens += new.count
    let pieces = new.map(piece)
    let stopped = pieces.filter { if case .stopString = $0.finish { true } else { false } }
    tokens.stop(Set(stopped.map(\.row)))
    for piece in pieces where piece.finish != nil { rows[piece.row] = nil }
    return pieces
  }

  /// Ends the texts that go on; gives what was held back of each by its row.
  package func cancel() -> [Int: String] {
    let ends = rows.mapValues { row in
      var row = row
      return row.end().text
    }
    tokens.stop(Set(rows.keys))
    rows = [:]
    return ends
  }

  private func piece(_ token: GeneratedToken) -> TextPiece {
    guard var row = rows[token.row] else {
      preconditionFailure("a token of row \(token.row), which has ended")
    }
    defer { rows[token.row] = row }
    var finish = token.finish.map(TextFinish.init)
    var found = StopStrings.Found(text: "", stop: nil)
    // A stop token is no text.
    if finish != .stopToken(token.token) {
      found = row.stops.append(row.stream.append(token.token))
    }
    if finish != nil, found.stop == nil {
      let end = row.end()
      found = StopStrings.Found(text: found.text + end.text, stop: end.stop)
    }
    if let stop = found.stop { finish = .stopString(stop) }
    return TextPiece(row: token.row, text: found.text, token: token, finish: finish)
  }
}

extension TextGeneration.Row {
  /// What is still held back; a stop string may be complete only in it.
  fileprivate mutating func end() -> StopStrings.Found {
    var found = stops.append(stream.finish())
    if found.stop == nil { found.text += stops.finish() }
    return found
  }
}
