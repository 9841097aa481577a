// The product of every dense layer, with bias and activation applied while its output is still in cache.
import CKernels

/// What follows a product element by element.
package enum Activation: Sendable, Equatable, CaseIterable {
  case none
  /// `v · Φ(v)` with the exact normal distribution.
  case gelu
  case relu
}

extension Tensor {
  /// `activation(x [N, K] · weight [M, K]ᵀ + bias [M])` as `[N, M]`.
  ///
  /// The weight is read in place, never transposed or copied: pieces of its rows go to the threads.
  package func linear(
    weight: Tensor, bias: Tensor?, activation: Activation = .none, pool: ThreadPool = .shared
  ) -> Tensor {
    precondition(columns == weight.columns && bias.map { $0.count == weight.rows } ?? true)
    let (x, w, M) = (MatrixView(self), MatrixView(weight), weight.rows)
    let grid = PieceGrid(rows: x.rows, columns: M, depth: x.columns, threads: pool.threads)
    return withExtendedLifetime((self, weight, bias)) {
      Tensor([x.rows, M]) { out in
        let whole = MutableMatrixView(out, rows: x.rows, columns: M)
        pool.run(grid.count) { piece in
          let (rows, outputs) = grid[piece]
          let target = whole[rows, outputs]
          BLAS.multiply(
            x[rows, 0..<x.columns], transposed: w[outputs, 0..<w.columns], into: target)
          activation.apply(to: target, bias: bias.map { $0.storage.base + outputs.lowerBound })
        }
      }
    }
  }
}

extension Activation {
  /// Adds `bias` (one float a column) and applies the activation in place.
  func apply(to x: MutableMatrixView, bias: UnsafePointer<Float>?) {
    switch self {
    case .none:
      if let bias { adapt_bias(x.base, x.rows, x.columns, x.stride, bias) }
    case .gelu: adapt_bias_gelu(x.base, x.rows, x.columns, x.stride, bias)
    case .relu: adapt_bias_relu(x.base, x.rows, x.columns, x.stride, bias)
    }
  }
}

/// How a product `[rows, columns]` is cut for the threads.
///
/// Columns (weight rows) are cut first: each thread then packs its own part of the weight. Small products
/// stay whole, as waking a thread costs more.
struct PieceGrid {
  private let rows: Int
  private let columns: Int
  private let rowPieces: Int
  private let columnPieces: Int

  var count: Int { rowPieces * columnPieces }

  init(rows: Int, columns: Int, depth: Int, threads: Int) {
    self.rows = rows
    self.columns = columns
    let work = Double(rows) * Double(columns) * Double(depth)
    guard threads > 1, work > 500_000 else {
      (rowPieces, columnPieces) = (1, 1)
      return
    }
    columnPieces = max(1, min(threads, columns / 64))
    rowPieces = max(1, min(rows / 256, 8))
  }

  subscript(piece: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let (row, column) = (piece / columnPieces, piece % columnPieces)
    return (
      ThreadPool.part(row, of: rowPieces, in: rows, multiple: 8),
      ThreadPool.part(column, of: columnPieces, in: columns, multiple: 16)
    )
  }
}
