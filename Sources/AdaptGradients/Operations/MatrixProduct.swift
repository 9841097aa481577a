// Products of two values of the graph: adapters' own matrices, gates, reparametrisations.
import AdaptTensors

extension Variable {
  /// `op(a) · op(b)` `[N, M]`, where op transposes on request; both factors are matrices.
  ///
  /// Saves each factor whose partner wants a gradient.
  /// - Precondition: the inner lengths agree.
  package func multiplied(
    _ other: Variable, transposed: Bool = false, selfTransposed: Bool = false
  ) -> Variable {
    let (a, b) = (self, other)
    let y = matrixProduct(a.value, selfTransposed, b.value, transposed)
    // y = A B: dA = dy Bᵀ, dB = Aᵀ dy. Where the stored a is Aᵀ its gradient is (dA)ᵀ = B dyᵀ, and
    // where the stored b is Bᵀ its gradient is dyᵀ A.
    let (x, z) = (a.place, b.place)
    let savedA = z.wantsGradient ? a.saved : nil
    let savedB = x.wantsGradient ? b.saved : nil
    return recorded(y, from: [a, b]) { dy, gradients in
      if let b = savedB?.value {
        gradients.add(to: x) {
          (selfTransposed
            ? matrixProduct(b, transposed, dy, true)
            : matrixProduct(dy, false, b, !transposed)).reshaped(x.shape)
        }
      }
      if let a = savedA?.value {
        gradients.add(to: z) {
          (transposed
            ? matrixProduct(dy, true, a, selfTransposed)
            : matrixProduct(a, !selfTransposed, dy, false)).reshaped(z.shape)
        }
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
