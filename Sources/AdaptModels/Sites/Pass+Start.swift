// The first stage of every model: tokens become rows, virtual tokens join them, positions are counted.
import AdaptGradients
import AdaptTensors

extension Pass {
  /// A run that has begun: the rows of its tokens, and how many of each segment are virtual.
  struct Start {
    var rows: Variable
    var pass: Pass
    var virtual: Int
  }

  /// Looks up the words of `batch`, puts virtual tokens in front, and sets segments and positions.
  ///
  /// - Throws: `ModelFault.tokenOutOfRange`; `.tooLong` where a position is not below `limit`; nil has no end.
  func start(_ batch: TokenBatch, words: Embedding, limit: Int?) throws(ModelFault) -> Start {
    precondition(batch.segments.total == batch.tokens.count, "segments of another batch")
    if let wrong = batch.tokens.first(where: { !(0..<Int32(clamping: words.rows)).contains($0) }) {
      throw .tokenOutOfRange(id: Int(wrong), vocabulary: words.rows)
    }
    var start = Start(rows: words(batch.tokens, in: self), pass: self, virtual: 0)
    start.pass.segments = batch.segments
    start.pass.shared = adapter?.prologue?(in: self) ?? []
    if phase != .decode, let prompt = adapter?.prompt, prompt.count > 0 {
      start.prepend(prompt(in: self), to: batch.segments)
    }
    if let isSeen = batch.isSeen {
      precondition(isSeen.count == batch.tokens.count && cache == nil, "flags of another batch")
      start.pass.seen = SeenTokens(isSeen, batch.segments, virtual: start.virtual)
    }
    start.pass.positions = start.positions(batch)
    if let limit, let last = start.pass.positions.max(), last >= limit {
      throw .tooLong(tokens: last + 1, limit: limit)
    }
    return start
  }
}

extension Pass.Start {
  /// Puts `prompt [n, D]` before the rows of every segment.
  fileprivate mutating func prepend(_ prompt: Variable, to segments: Segments) {
    let n = prompt.rows
    let order = (0..<segments.count).flatMap { segment in
      (0..<Int32(n)) + segments[segment].map { Int32(n + $0) }
    }
    rows = stackingRows([prompt, rows]).gatheringRows(order)
    pass.segments = Segments(lengths: (0..<segments.count).map { segments[$0].count + n })
    virtual = n
  }

  /// The position of every row: those of the batch behind its virtual tokens, else counted on.
  fileprivate func positions(_ batch: TokenBatch) -> [Int] {
    let offset = pass.adapter?.positionOffset ?? 0
    let held = pass.cache?.lengths ?? []
    return (0..<batch.segments.count).flatMap { segment in
      let first = offset + (segment < held.count ? held[segment] : 0)
      let counted = (0..<pass.segments[segment].count).map { first + $0 }
      guard let given = batch.positions else { return counted }
      return counted.prefix(virtual)
        + given[batch.segments[segment]].map { offset + virtual + Int($0) }
    }
  }
}
