// Tokens that are computed beside others without being attended to: what padding is in libraries that pad.
import AdaptGradients
package import AdaptTensors

/// The rows of a run that are attended to.
package struct SeenTokens: Sendable {
  package let rows: [Int32]
  /// The same rows by segment.
  package let segments: Segments
  /// The other rows, and these by segment.
  let unseen: [Int32]
  let unseenSegments: Segments

  /// `isSeen` has a flag for each real token; the `virtual` tokens before each segment are all seen.
  init(_ isSeen: [Bool], _ batch: Segments, virtual: Int) {
    var (rows, lengths) = ([Int32](), [Int]())
    var unseen: [Int32] = []
    for segment in 0..<batch.count {
      let real = batch[segment]
      let start = real.lowerBound + segment * virtual
      let places = real.filter { isSeen[$0] }.map { start + virtual + $0 - real.lowerBound }
      rows += (start..<start + virtual).map { Int32($0) } + places.map { Int32($0) }
      lengths.append(virtual + places.count)
      unseen += real.filter { !isSeen[$0] }
        .map { Int32(start + virtual + $0 - real.lowerBound) }
    }
    self.rows = rows
    segments = Segments(lengths: lengths)
    self.unseen = unseen
    unseenSegments = Segments(
      lengths: (0..<batch.count).map { batch[$0].count + virtual - lengths[$0] })
  }
}
