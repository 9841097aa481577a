// Products with resting weights into memory of the caller: what differentiation needs of them.

extension WeightStorage {
  /// `out [N, M] = x [N, K] · Wᵀ`.
  ///
  /// A few rows read each weight once from where it rests; more go through panels of f32 rows.
  package func multiplyTransposed(
    _ x: MatrixView, into out: MutableMatrixView, on pool: ThreadPool = .shared
  ) {
    precondition(x.columns == columns && out.rows == x.rows && out.columns == rows)
    if x.rows <= FewRows.limit {
      FewRows(weight: self, x: x).run(into: out, pool)
    } else if let tensor {
      withExtendedLifetime(tensor) {
        BLAS.product(.plain(x), .transposed(MatrixView(tensor)), into: out, on: pool)
      }
    } else {
      PanelProduct(weight: self, input: x, out: out).forward(.none, bias: nil, pool)
    }
  }

  /// `out [N, K] = dy [N, M] · W`, added to `out` where `accumulating`.
  package func multiply(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView,
    on pool: ThreadPool = .shared
  ) {
    precondition(dy.columns == rows && out.rows == dy.rows && out.columns == columns)
    guard let tensor, rows > 0 else {
      let panels = PanelProduct(weight: self, input: dy, out: out)
      return panels.backward(accumulating: accumulating, pool)
    }
    withExtendedLifetime(tensor) {
      BLAS.product(
        .plain(dy), .plain(MatrixView(tensor)), accumulating: accumulating, into: out, on: pool)
    }
  }
}
