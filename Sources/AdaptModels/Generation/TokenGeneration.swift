// Generation over tokens: prompts in, tokens out one step at a time, for any number of rows.
import AdaptGradients
import AdaptTensors

/// Why a row of tokens ended.
package enum TokenFinish: Sendable, Equatable {
  /// A stop token was chosen; it is the last token.
  case stopToken(Int32)
  /// As many tokens as were asked for.
  case length
  /// The model's context is full.
  case context
}

/// One new token of one row.
package struct GeneratedToken: Sendable, Equatable {
  /// Place of its prompt.
  package let row: Int
  /// Tokens made before it in this row.
  package let step: Int
  package let token: Int32
  /// Natural logarithm under the model's own distribution, before temperature and filters; nil unless asked for.
  package let logProbability: Float?
  /// The likeliest tokens of the same distribution, best first.
  package let alternatives: [TokenProbability]
  /// Set on the last token of its row.
  package let finish: TokenFinish?
}

/// A generation under way.
///
/// Nothing is computed before the first `next`, and nothing between two of them, so it can be left at any token.
/// Belongs to one thread at a time. With equal settings and streams a row's tokens do not depend on the other rows.
package final class TokenGeneration {
  private let model: any CausalLanguageModel
  private let settings: GenerationSettings
  private let sampler: Sampler
  private var pass: Pass
  private let cache: KeyValueCache
  /// Rows that still grow, in the order of the cache.
  private var rows: [Row] = []
  /// Tokens that were dropped from the front of each prompt to fit the context.
  package private(set) var droppedTokens: [Int]
  private var isStarted = false

  private struct Row {
    let number: Int
    let stream: UInt32
    let promptCount: Int
    var text: [Int32]
    /// Tokens of `text` that the cache does not hold.
    var pending: Int
    var made: Int { text.count - promptCount }
  }

  /// Prepares to continue each prompt.
  ///
  /// `streams` names the random numbers of each row; its place where nil.
  /// - Throws: `GenerationFault.setting`, `.emptyPrompt`, `.promptTooLong`.
  package init(
    _ model: any CausalLanguageModel, prompts: [[Int32]], settings: GenerationSettings,
    adapter: Adapter? = nil, streams: [UInt32]? = nil
  ) throws(GenerationFault) {
    precondition(streams.map { $0.count == prompts.count } ?? true)
    try settings.check()
    self.model = model
    self.settings = settings
    sampler = Sampler(settings)
    pass = Pass(.prefill, adapter: adapter)
    cache = KeyValueCache(
      layers: model.outline.layers, blockTokens: prompts.count > 4 ? 64 : KeyBlock.limit)
    pass.cache = cache
    droppedTokens = []
    for (number, prompt) in prompts.enumerated() {
      let text = try fitted(prompt, row: number)
      droppedTokens.append(prompt.count - text.count)
      rows.append(
        Row(
          number: number, stream: streams?[number] ?? UInt32(clamping: number),
          promptCount: text.count, text: text, pending: text.count))
    }
  }

  /// Bytes of keys and values at present.
  package var cacheBytes: Int { cache.bytes }

  /// The next token of every row that has not ended, in the order of the prompts; nil once all have.
  ///
  /// The first call reads the prompts.
  /// - Throws: `GenerationFault.model`, `.nothingAllowed`.
  package func next() throws(GenerationFault) -> [GeneratedToken]? {
    guard !rows.isEmpty else { return nil }
    let logits = try withoutRecordingFaults { () throws(GenerationFault) in try self.advance() }
    var tokens: [GeneratedToken] = []
    for place in rows.indices {
      tokens.append(try choose(logits, place))
    }
    let living = tokens.indices.filter { tokens[$0].finish == nil }
    if living.count < rows.count {
      rows = living.map { rows[$0] }
      cache.keep(living)
    }
    return tokens
  }

  /// Ends rows from outside: they give no more tokens.
  package func stop(_ numbers: Set<Int>) {
    let living = rows.indices.filter { !numbers.contains(rows[$0].number) }
    guard living.count < rows.count else { return }
    rows = living.map { rows[$0] }
    if isStarted { cache.keep(living) }
  }

  private func choose(_ logits: Tensor, _ place: Int) throws(GenerationFault) -> GeneratedToken {
    let row = rows[place]
    let chosen = logits.withElements { all -> (Int32, Float?, [TokenProbability])? in
      let own = UnsafeBufferPointer(
        rebasing: all[place * logits.columns..<(place + 1) * logits.columns])
      guard let token = sampler.choose(own, after: row.text, stream: row.stream, step: row.made)
      else { return nil }
      let told = sampler.told(token, own)
      return (token, told.chosen, told.alternatives)
    }
    guard let (token, logProbability, alternatives) = chosen else {
      let isFinite = logits.withElements { $0.contains { $0.isFinite } }
      throw isFinite
        ? .nothingAllowed(row: row.number) : .model(.notFinite(path: model.outline.path))
    }
    rows[place].text.append(token)
    rows[place].pending = 1
    return GeneratedToken(
      row: row.number, step: row.made, token: token, logProbability: logProbability,
      alternatives: alternatives, finish: finish(rows[place]))
  }

  private func finish(_ row: Row) -> TokenFinish? {
    if let last = row.text.last, settings.stopTokens.contains(last) { return .stopToken(last) }
    if row.made >= settings.maximumTokens { return .length }
    if let context = settings.context, row.text.count + extra >= context { return .context }
    return nil
  }

  /// Positions that an adapter takes before the text.
  private var extra: Int {
    (pass.adapter?.prompt?.count ?? 0) + (pass.adapter?.positionOffset ?? 0)
  }

  /// The prompt, or its end where its start must go to make room.
  private func fitted(_ prompt: [Int32], row: Int) throws(GenerationFault) -> [Int32] {
    guard !prompt.isEmpty else { throw .emptyPrompt(row: row) }
    guard let context = settings.context, prompt.count + extra >= context else { return prompt }
    let room = context - extra - min(settings.maximumTokens, context / 2)
    guard settings.overflow == .slide, room > 0 else {
      throw .promptTooLong(row: row, tokens: prompt.count + extra, context: context)
    }
    return Array(prompt.suffix(room))
  }
}

extension TokenGeneration {
  /// Runs what is pending of every row and gives the logits of their last tokens `[rows, V]`.
  private func advance() throws(GenerationFault) -> Tensor {
    var last = [Tensor?](repeating: nil, count: rows.count)
    while rows.contains(where: { $0.pending > 0 }) {
      let counts = nextRun()
      for (place, state) in try run(counts) { last[place] = state }
    }
    let states = stackingRows(last.compactMap { $0.map { Variable($0) } })
    let ends = HiddenStates(
      values: states, segments: Segments(lengths: rows.map { _ in 1 }), virtual: 0)
    return model.logits(ends, in: pass).value
  }

  /// Tokens of each row in the next run: at most a prefill's worth together.
  ///
  /// An adapter that stands around a part of a layer may count positions of the prompt, so it sees prompts whole.
  private func nextRun() -> [Int] {
    let isWhole = !(pass.adapter?.sublayers.isEmpty ?? true)
    guard !isStarted, !isWhole else { return rows.map(\.pending) }
    var room = settings.prefillTokens
    return rows.map { row in
      let count = min(row.pending, room)
      room -= count
      return count
    }
  }

  /// Runs the next `counts` tokens of the rows; gives the last hidden state of each row that has none pending.
  private func run(_ counts: [Int]) throws(GenerationFault) -> [(Int, Tensor)] {
    let pieces = zip(rows, counts).map { row, count in
      Array(row.text[(row.text.count - row.pending)...].prefix(count))
    }
    if cache.lengths.isEmpty {
      pass.promptLengths = rows.map(\.promptCount)
    } else {
      pass.phase = .decode
      pass.promptLengths = rows.map { _ in 0 }
    }
    let states: HiddenStates
    do throws(ModelFault) {
      let batch = TokenBatch(pieces)
      if let step = try (model as? any SteppingModel)?.stepped(batch, in: pass) {
        states = step
      } else {
        states = try model.hidden(batch, in: pass)
      }
    } catch {
      throw .model(error)
    }
    for place in rows.indices { rows[place].pending -= counts[place] }
    isStarted = isStarted || rows.allSatisfy { $0.pending == 0 }
    return rows.indices.filter { counts[$0] > 0 && rows[$0].pending == 0 }.map { place in
      (place, states.values.value.gatheringRows([states.segments[place].upperBound - 1]))
    }
  }
}

/// `withoutRecording` for bodies that throw faults of generation.
private func withoutRecordingFaults<Value>(
  _ body: () throws(GenerationFault) -> Value
) throws(GenerationFault) -> Value {
  let result: Result<Value, GenerationFault> = withoutRecording {
    do throws(GenerationFault) {
      return .success(try body())
    } catch {
      return .failure(error)
    }
  }
  return try result.get()
}
