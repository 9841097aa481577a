// What goes into a model: token sequences of any lengths, one after the other, without padding.
package import AdaptGradients
package import AdaptTensors

/// One ragged batch of token sequences.
package struct TokenBatch: Sendable {
  /// Token numbers of all segments `[N]`.
  package var tokens: [Int32]
  package var segments: Segments
  /// Sentence numbers `[N]`, for encoders that have them; zeros when nil.
  package var types: [Int32]?
  /// Positions `[N]`; counted from 0, or from what a cache holds, in each segment when nil.
  package var positions: [Int32]?
  /// False for tokens that are computed but that no token attends to `[N]`, as the padding that losses of other
  /// libraries count; all are seen when nil.
  package var isSeen: [Bool]?

  package init(
    tokens: [Int32], segments: Segments, types: [Int32]? = nil, positions: [Int32]? = nil,
    isSeen: [Bool]? = nil
  ) {
    self.tokens = tokens
    self.segments = segments
    self.types = types
    self.positions = positions
    self.isSeen = isSeen
  }

  /// One segment a sequence.
  package init(_ sequences: [[Int32]]) {
    self.init(
      tokens: sequences.flatMap { $0 }, segments: Segments(lengths: sequences.map(\.count)))
  }
}

/// The last hidden states of a batch.
package struct HiddenStates {
  /// `[N, D]`, virtual tokens included.
  package let values: Variable
  package let segments: Segments
  /// Virtual tokens in front of each segment.
  package let virtual: Int

  package init(values: Variable, segments: Segments, virtual: Int) {
    self.values = values
    self.segments = segments
    self.virtual = virtual
  }

  /// One number a real token as one number a row: `filler` at the virtual tokens.
  package func spread<Value>(_ values: [Value], filler: Value) -> [Value] {
    var (spread, next) = ([Value](), 0)
    spread.reserveCapacity(segments.total)
    for segment in 0..<segments.count {
      let real = segments[segment].count - virtual
      spread += Array(repeating: filler, count: virtual) + values[next..<next + real]
      next += real
    }
    return spread
  }
}
