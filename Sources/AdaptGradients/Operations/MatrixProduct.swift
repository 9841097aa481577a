// Products of two values of the graph: adapters' own matrices, gates, reparametrisations.
import AdaptTensors

extension Variable {
  /// `op(a) · op(b)` `[N, M]`, where op transposes on request; both factors are matrices.
  ///
  /// Saves both factors.
  /// - Precondition: the inner lengths agree.
  package func multiplied(
    _ other: Variable, transposed: Bool = false, selfTransposed: Bool = false
  ) -> Variable {
    let (a, b) = (self, other)
    let y = matrixProduct(a.value, selfTransposed, b.value, transposed)
    // y = A B: dA = dy Bᵀ, dB = Aᵀ dy. Where the stored a is Aᵀ its gradient is (dA)ᵀ = B dyᵀ, and
    // where the stored b is Bᵀ its gradient is dyᵀ A.
    return recorded(y, from: [a, b]) { dy, gradients in
      gradients.add(to: a) {
        (selfTransposed
          ? matrixProduct(b.value, transposed, dy, true)
          : matrixProduct(dy, false, b.value, !transposed)).reshaped(a.shape)
      }
      gradients.add(to: b) {
        (transposed
          ? matrixProduct(dy, true, a.value, selfTransposed)
          : matrixProduct(a.value, !selfTransposed, dy, false)).reshaped(b.shape)
      }
    }
  }
}

private func matrixProduct(_ a: Tensor, _ aIsTransposed: Bool, _ b: Tensor, _ bIsTransposed: Bool)
  -> Tensor
{
  let rows = aIsTransposed ? a.columns : a.rows
  let columns = bIsTransposed ? b.rows : b.columns
  return withExtendedLifetime((a, b)) {
    Tensor(
      rows: rows, columns: columns,
      product: Factor(matrix: MatrixView(a), isTransposed: aIsTransposed),
      Factor(matrix: MatrixView(b), isTransposed: bIsTransposed))
  }
}
