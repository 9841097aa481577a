// The low-rank update of an output head, chunk of logits by chunk.
import AdaptTensors

// l += s u Bᵀ with u = x Aᵀ, and dl given:  dB += s dlᵀ u,  du = s dl B,  dA = duᵀ x,  dx += du A. Only u and
// du [M, r] hold all tokens.
struct HeadUpdate {
  let down: Variable
  let up: Variable
  private let scale: Float
  /// x Aᵀ `[M, r]`.
  private let inner: Tensor

  init(_ update: LowRankUpdate, x: Tensor, outputs: Int) {
    precondition(update.down.columns == x.columns, "\(x.columns) into \(update.down.columns)")
    precondition(update.up.rows == outputs, "\(update.up.rows) outputs of \(outputs)")
    (down, up, scale) = (update.down, update.up, update.scale)
    let a = update.down.value
    inner = withExtendedLifetime((x, a)) {
      Tensor(
        rows: x.rows, columns: a.rows, product: .plain(MatrixView(x)), .transposed(MatrixView(a)))
    }
  }

  /// Adds the update of the tokens `part` to their logits.
  func add(_ part: Range<Int>, to logits: MutableMatrixView) {
    withExtendedLifetime((inner, up)) {
      BLAS.product(
        .plain(MatrixView(inner)[part, 0..<inner.columns]),
        .transposed(MatrixView(up.value)), scale: scale, accumulating: true, into: logits,
        on: .shared)
    }
  }

  /// The gradients of one pass under way.
  struct Sums {
    private let update: HeadUpdate
    /// dB `[V, r]`, where wanted.
    private let up: TensorBuffer?
    /// du `[M, r]`, where A's gradient or x's is wanted.
    private let inner: TensorBuffer?

    init(_ update: HeadUpdate, wantsInput: Bool) {
      self.update = update
      up =
        update.up.wantsGradient
        ? TensorBuffer([update.up.rows, update.up.columns], filledWith: 0) : nil
      inner =
        wantsInput || update.down.wantsGradient ? TensorBuffer(update.inner.shape) : nil
    }

    /// Takes in the gradients of the logits of the tokens `part`.
    func add(_ part: Range<Int>, _ logits: MatrixView) {
      let (scale, columns) = (update.scale, 0..<update.inner.columns)
      withExtendedLifetime(update) {
        if let up {
          BLAS.product(
            .transposed(logits), .plain(MatrixView(update.inner)[part, columns]), scale: scale,
            accumulating: true, into: up.matrix, on: .shared)
        }
        if let inner {
          BLAS.product(
            .plain(logits), .plain(MatrixView(update.up.value)), scale: scale,
            into: inner.matrix[part, columns], on: .shared)
        }
      }
    }

    /// dA and dB where wanted, once all tokens are in; the input's share is added to `dx [M, D]`.
    func finish(x: Tensor, dx: TensorBuffer?) -> (down: Tensor?, up: Tensor?) {
      guard let du = inner?.finished() else { return (nil, up?.finished()) }
      let a = update.down
      return withExtendedLifetime((du, x, a)) {
        if let dx {
          BLAS.product(
            .plain(MatrixView(du)), .plain(MatrixView(a.value)), accumulating: true,
            into: dx.matrix, on: .shared)
        }
        guard a.wantsGradient else { return (nil, up?.finished()) }
        let down = Tensor(
          rows: a.rows, columns: a.columns, product: .transposed(MatrixView(du)),
          .plain(MatrixView(x)))
        return (down, up?.finished())
      }
    }
  }
}
