// Products with resting weights: the forward pass y = x Wᵀ and the gradient of the input dx = dy W, both from
// the same panels of f32 rows.
import CKernels

extension Tensor {
  /// `activation(x [N, K] · weight [M, K]ᵀ + bias [M])` as `[N, M]`.
  ///
  /// Up to eight rows read each weight once from where it rests, at the speed of memory. More rows go through
  /// panels of 256 weight rows in f32; f32 weights are read in place.
  package func linear(
    _ weight: WeightStorage, bias: Tensor? = nil, activation: Activation = .none,
    pool: ThreadPool = .shared
  ) -> Tensor {
    precondition(weight.columns == columns && bias.map { $0.count == weight.rows } ?? true)
    if rows > FewRows.limit, let tensor = weight.tensor {
      return linear(DenseWeights(weight: tensor, bias: bias), activation: activation, pool: pool)
    }
    let (N, M) = (rows, weight.rows)
    return withExtendedLifetime((self, bias)) {
      Tensor([N, M]) { out in
        let target = MutableMatrixView(out, rows: N, columns: M)
        if N <= FewRows.limit {
          FewRows(weight: weight, x: MatrixView(self)).run(into: target, pool)
          activation.apply(to: target, bias: bias?.storage.base)
        } else {
          let product = PanelProduct(weight: weight, input: MatrixView(self), out: target)
          product.forward(activation, bias: bias?.storage.base, pool)
        }
      }
    }
  }

  /// `dx [N, K] = dy [N, M] · weight [M, K]`, where `self` is dy: the gradient of a linear layer's input.
  package func inputGradient(through weight: WeightStorage, pool: ThreadPool = .shared) -> Tensor {
    precondition(columns == weight.rows)
    let (N, K) = (rows, weight.columns)
    return withExtendedLifetime(self) {
      Tensor([N, K]) { out in
        let target = MutableMatrixView(out, rows: N, columns: K)
        PanelProduct(weight: weight, input: MatrixView(self), out: target).backward(pool)
      }
    }
  }
}

/// A product that widens each weight once into a panel of its thread.
struct PanelProduct {
  let weight: WeightStorage
  let input: MatrixView
  let out: MutableMatrixView

  /// Pieces are panels of weight rows, which are columns of the output; few panels also split its rows.
  func forward(_ activation: Activation, bias: UnsafePointer<Float>?, _ pool: ThreadPool) {
    let size = min(WeightStorage.panelRows, max(16, weight.rows / pool.threads / 16 * 16))
    let panels = (weight.rows + size - 1) / size
    pool.run(panels) { panel in
      let outputs = panel * size..<min((panel + 1) * size, weight.rows)
      let target = out[0..<out.rows, outputs]
      withPanel(outputs, 0..<weight.columns) { panel in
        BLAS.product(.plain(input), .transposed(panel), into: target)
      }
      activation.apply(to: target, bias: bias.map { $0 + outputs.lowerBound })
    }
  }

  /// Pieces are columns of the output: each weight is widened once, and no two threads add to one place.
  func backward(accumulating: Bool = false, _ pool: ThreadPool) {
    let pieces = max(1, min(pool.threads, weight.columns / 64))
    let size = weight.tensor == nil ? WeightStorage.panelRows : max(1, weight.rows)
    guard weight.rows > 0 else {
      if accumulating { return }
      for row in 0..<out.rows {
        (out.base + row * out.stride).update(repeating: 0, count: out.columns)
      }
      return
    }
    pool.run(pieces) { piece in
      let inputs = ThreadPool.part(piece, of: pieces, in: weight.columns, multiple: 64)
      for first in stride(from: 0, to: weight.rows, by: size) {
        let outputs = first..<min(first + size, weight.rows)
        withPanel(outputs, inputs) { panel in
          BLAS.product(
            .plain(input[0..<input.rows, outputs]), .plain(panel),
            accumulating: accumulating || first > 0,
            into: out[0..<out.rows, inputs])
        }
      }
    }
  }

  /// A rectangle of the weight in f32: in place where it is f32, else in a pooled buffer.
  private func withPanel(
    _ rows: Range<Int>, _ columns: Range<Int>, _ body: (MatrixView) -> Void
  ) {
    if let tensor = weight.tensor {
      withExtendedLifetime(tensor) { body(MatrixView(tensor)[rows, columns]) }
      return
    }
    let scratch = StoragePool.shared.take(rows.count * columns.count)
    defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
    let panel = MutableMatrixView(scratch.base, rows: rows.count, columns: columns.count)
    weight.widen(rows: rows, columns: columns, into: panel)
    body(MatrixView(scratch.base, rows: rows.count, columns: columns.count))
  }
}
