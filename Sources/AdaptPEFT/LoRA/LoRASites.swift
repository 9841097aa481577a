// LoRA where it acts: beside a dense layer and beside a table.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// `y = W x + b + s · B(A x)`, A `[r, in]`, B `[out, r]`.
///
/// Hu et al., arXiv:2106.09685, equation 3.
struct LoRALinear: LinearAdapter {
  let down: Trainable
  let up: Trainable
  let scale: Float
  let dropout: Float

  private var update: LowRankUpdate {
    LowRankUpdate(down: Variable(down), up: Variable(up), scale: scale)
  }

  func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate? {
    key(at: base.site, in: pass) == nil ? update : nil
  }

  /// With dropout each layer drops its own inputs, so nothing is shared with its neighbours.
  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    guard let key = key(at: base.site, in: pass) else {
      var layer = base.layer
      layer.update = update
      return x.linears([layer])[0]
    }
    return base(x) + x.dropped(rate: dropout, key: key).lowRank(update)
  }

  private func key(at site: Site, in pass: Pass) -> RandomKey? {
    dropout > 0 ? pass.key(for: site) : nil
  }

  func merged(into base: BaseLinear) -> MergedLinear? {
    let (weight, up, down) = (base.weightSource, up.value, down.value)
    return MergedLinear(weight: { [scale] in
      weight().adding(scale, .plain(MatrixView(up)), .plain(MatrixView(down)), of: (up, down))
    })
  }
}

/// Row n of the table plus `s · B A[:, n]`, A `[r, V]`, B `[D, r]`; nothing is dropped.
struct LoRAEmbedding: EmbeddingAdapter {
  let down: Trainable
  let up: Trainable
  let scale: Float

  func callAsFunction(
    _ numbers: [Int32], through base: BaseEmbedding, in pass: Pass
  ) -> Variable {
    let rows = Variable(down).gatheringColumns(numbers)
    return base(numbers) + rows.multiplied(Variable(up), transposed: true).scaled(by: scale)
  }

  func merged(into base: BaseEmbedding) -> TensorSource? {
    let (table, up, down) = (base.table.source, up.value, down.value)
    return { [scale] in
      table().adding(
        scale, .transposed(MatrixView(down)), .transposed(MatrixView(up)), of: (up, down))
    }
  }
}

extension Tensor {
  /// The sum with `scale · a b`, of this shape; `owners` hold the numbers of a and b.
  fileprivate func adding(
    _ scale: Float, _ a: Factor, _ b: Factor, of owners: (Tensor, Tensor)
  ) -> Tensor {
    withExtendedLifetime(owners) {
      withElements { base in
        Tensor(shape) { out in
          if let start = base.baseAddress { out.update(from: start, count: count) }
          BLAS.product(
            a, b, scale: scale, accumulating: true,
            into: MutableMatrixView(out, rows: rows, columns: columns), on: .shared)
        }
      }
    }
  }
}
