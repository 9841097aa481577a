// Several resting weights times the same few rows as one task: in decoding a hand-over between threads costs as
// much as reading some ten kilobytes of weights, and a layer has seven products.

extension Tensor {
  /// Whether so many rows are few: each weight is then read once, from where it rests.
  package static func isFew(_ rows: Int) -> Bool { rows <= FewRows.limit }

  /// `self [N, K] · weight [M, K]ᵀ` as `[N, M]` of each weight.
  ///
  /// The rows of all weights are shared among the threads in pieces that become smaller to the end, so that no
  /// thread waits long for another.
  /// - Precondition: N is few, every weight has K columns.
  package func products(
    _ weights: [WeightStorage], pool: ThreadPool = .shared,
    then finish: (_ index: Int, _ out: MutableMatrixView) -> Void
  ) -> [Tensor] {
    precondition(Self.isFew(rows) && weights.allSatisfy { $0.columns == columns })
    let buffers = weights.map { UnfinishedTensor([rows, $0.rows]) }
    let products = weights.map { FewRows(weight: $0, x: MatrixView(self)) }
    let pieces = GuidedPieces(weights, threads: pool.threads).pieces
    withExtendedLifetime(self) {
      FewRows.arranged(products) { inputs in
        pool.run(pieces.count) { number in
          let piece = pieces[number]
          let (product, out) = (products[piece.weight], buffers[piece.weight])
          product.multiply(
            piece.rows, inputs[piece.weight], into: out.base + piece.rows.lowerBound,
            stride: product.weight.rows)
        }
      }
    }
    for (index, buffer) in buffers.enumerated() {
      finish(
        index, MutableMatrixView(buffer.base, rows: rows, columns: weights[index].rows))
    }
    return buffers.map { $0.finished() }
  }
}

/// Weights that a few rows are multiplied with again and again, cut for the threads once.
package struct CutWeights: Sendable {
  private let weights: [WeightStorage]
  private let pieces: [GuidedPieces.Piece]
  /// Columns of all products side by side.
  package let outputs: Int
  /// Where each product begins among them.
  private let starts: [Int]

  /// Nil where a weight wants its input in another order, as NF4 does.
  ///
  /// - Precondition: all weights have the same inputs.
  package init?(_ weights: [WeightStorage], threads: Int = ThreadPool.shared.threads) {
    if weights.contains(where: { $0.nf4Codes != nil }) { return nil }
    self.weights = weights
    pieces = GuidedPieces(weights, threads: threads).pieces
    starts = weights.indices.map { weights[..<$0].reduce(0) { $0 + $1.rows } }
    outputs = weights.reduce(0) { $0 + $1.rows }
  }

  package var count: Int { pieces.count }

  /// One piece of `x [N, K] · weightᵀ` of all weights, side by side in `out [N, outputs]`.
  ///
  /// - Precondition: N is few, rows of `x` follow each other without a gap.
  package func multiply(_ number: Int, _ x: MatrixView, into out: MutableMatrixView) {
    let piece = pieces[number]
    FewRows(weight: weights[piece.weight], x: x).multiply(
      piece.rows, x.base, into: out.base + starts[piece.weight] + piece.rows.lowerBound,
      stride: out.stride)
  }
}

/// Two weights of one shape whose products meet element by element: gate and up.
package struct PairedWeights: Sendable {
  private let weights: (WeightStorage, WeightStorage)
  private let parts: [Range<Int>]

  /// Nil where a weight wants its input in another order, or their shapes differ.
  package init?(
    _ first: WeightStorage, _ second: WeightStorage, threads: Int = ThreadPool.shared.threads
  ) {
    guard first.nf4Codes == nil, second.nf4Codes == nil, first.rows == second.rows,
      first.columns == second.columns
    else { return nil }
    weights = (first, second)
    parts = GuidedPieces([first], threads: threads).pieces.map(\.rows)
  }

  package var outputs: Int { weights.0.rows }
  package var count: Int { parts.count }

  /// One piece of both products, into two matrices of one shape; gives its columns.
  package func multiply(
    _ number: Int, _ x: MatrixView, into first: MutableMatrixView, _ second: MutableMatrixView
  ) -> Range<Int> {
    let part = parts[number]
    for (weight, out) in [(weights.0, first), (weights.1, second)] {
      FewRows(weight: weight, x: x).multiply(
        part, x.base, into: out.base + part.lowerBound, stride: out.stride)
    }
    return part
  }
}

/// Parts of the rows of several weights: each takes a share of what is left.
struct GuidedPieces {
  struct Piece {
    let weight: Int
    let rows: Range<Int>
  }

  let pieces: [Piece]
  /// Bytes below which a piece is not worth its taking.
  private static let least = 16_384

  init(_ weights: [WeightStorage], threads: Int) {
    var pieces: [Piece] = []
    var left = weights.reduce(0) { $0 + $1.bytes }
    for (number, weight) in weights.enumerated() where weight.rows > 0 {
      let rowBytes = max(1, weight.bytes / weight.rows)
      var first = 0
      while first < weight.rows {
        let bytes = max(Self.least, left / (2 * threads))
        // A rest smaller than a piece joins it.
        var count = min(weight.rows - first, (bytes / rowBytes + 7) / 8 * 8)
        if (weight.rows - first - count) * rowBytes < Self.least / 2 { count = weight.rows - first }
        pieces.append(Piece(weight: number, rows: first..<first + count))
        first += count
        left -= count * rowBytes
      }
    }
    self.pieces = pieces
  }
}

extension FewRows {
  /// Calls `body` with the rows of each product in the order its kernel wants.
  static func arranged(
    _ products: [FewRows], _ inputs: [UnsafePointer<Float>] = [],
    _ body: ([UnsafePointer<Float>]) -> Void
  ) {
    guard inputs.count < products.count else { return body(inputs) }
    products[inputs.count].arranged { arranged(products, inputs + [$0], body) }
  }
}
