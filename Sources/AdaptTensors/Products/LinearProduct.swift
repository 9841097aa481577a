// The product of every dense layer, with bias and activation applied while its output is still in cache.
import CKernels

/// What follows a product element by element.
package enum Activation: Sendable, Equatable, CaseIterable {
  case none
  /// `v · Φ(v)` with the exact normal distribution.
  case gelu
  case relu
}

/// A dense layer's parameters: `weight [M, K]` as stored by PyTorch, `bias [M]`.
package struct DenseWeights: Sendable {
  package var weight: Tensor
  package var bias: Tensor?

  package init(weight: Tensor, bias: Tensor? = nil) {
    precondition(bias.map { $0.count == weight.rows } ?? true)
    self.weight = weight
    self.bias = bias
  }
}

extension Tensor {
  /// `activation(x [N, K] · weight [M, K]ᵀ + bias [M])` as `[N, M]`.
  package func linear(
    _ layer: DenseWeights, activation: Activation = .none, pool: ThreadPool = .shared
  ) -> Tensor {
    linears([layer], activation: activation, pool: pool)[0]
  }

  /// The same for several layers that share the input, as one task: query, key and value.
  ///
  /// Weights are read in place, never transposed or copied: pieces of their rows go to the threads.
  package func linears(
    _ layers: [DenseWeights], activation: Activation = .none, pool: ThreadPool = .shared
  ) -> [Tensor] {
    precondition(layers.allSatisfy { $0.weight.columns == columns })
    let (x, N) = (MatrixView(self), rows)
    if N <= FewRows.limit { return layers.map { fewRows($0, activation, pool) } }
    let buffers = layers.map { layer in
      UnfinishedTensor([N, layer.weight.rows])
    }
    var pieces: [DensePiece] = []
    for (layer, buffer) in zip(layers, buffers) {
      let out = MutableMatrixView(buffer.base, rows: N, columns: layer.weight.rows)
      pieces += PieceGrid(rows: N, columns: out.columns, depth: columns, threads: pool.threads)
        .pieces.map { DensePiece(layer: layer, out: out, rows: $0.rows, outputs: $0.columns) }
    }
    withExtendedLifetime(self) {
      pool.run(pieces.count) { pieces[$0].run(x, activation) }
    }
    return buffers.map { $0.finished() }
  }

  private func fewRows(
    _ layer: DenseWeights, _ activation: Activation, _ pool: ThreadPool
  ) -> Tensor {
    linear(WeightStorage(layer.weight), bias: layer.bias, activation: activation, pool: pool)
  }
}

/// A rectangle of a dense layer's output.
private struct DensePiece {
  let layer: DenseWeights
  let out: MutableMatrixView
  let rows: Range<Int>
  let outputs: Range<Int>

  func run(_ x: MatrixView, _ activation: Activation) {
    let (w, target) = (MatrixView(layer.weight), out[rows, outputs])
    BLAS.multiplyTransposed(x[rows, 0..<x.columns], w[outputs, 0..<w.columns], into: target)
    activation.apply(to: target, bias: layer.bias.map { $0.storage.base + outputs.lowerBound })
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
/// Each piece copies its rows of one factor and its columns of the other into the layout of the kernel, so the cut
/// with the shortest edges copies least: 1,024 tokens into 192 outputs are cut by tokens, 32 into 1,536 by
/// outputs. Small products stay whole, as waking a thread costs more.
struct PieceGrid {
  let pieces: [(rows: Range<Int>, columns: Range<Int>)]

  init(rows: Int, columns: Int, depth: Int, threads: Int) {
    let work = Double(rows) * Double(columns) * Double(depth)
    guard threads > 1, work > 500_000 else {
      pieces = [(0..<rows, 0..<columns)]
      return
    }
    let (rowPieces, columnPieces) = Self.cut(rows, columns, threads)
    pieces = (0..<rowPieces * columnPieces).map { piece in
      (
        ThreadPool.part(piece / columnPieces, of: rowPieces, in: rows, multiple: 8),
        ThreadPool.part(piece % columnPieces, of: columnPieces, in: columns, multiple: 16)
      )
    }
  }

  /// Pieces along both axes, one a thread; fewer where pieces would be too thin.
  private static func cut(_ rows: Int, _ columns: Int, _ threads: Int) -> (Int, Int) {
    let cuts = (1...threads).filter { threads.isMultiple(of: $0) }.map { columnPieces in
      (max(1, min(threads / columnPieces, rows / 8)), max(1, min(columnPieces, columns / 64)))
    }
    func edges(_ cut: (Int, Int)) -> Int { rows / cut.0 + columns / cut.1 }
    let most = cuts.reduce(1) { max($0, $1.0 * $1.1) }
    return cuts.filter { $0.0 * $0.1 == most }.min { edges($0) < edges($1) } ?? (1, 1)
  }
}
