// Decompositions of dense matrices, by the LAPACK that OpenBLAS carries.
import COpenBLAS

/// Decompositions on the calling thread.
package enum LAPACK {
  /// All singular values of `matrix [M, K]`, falling, with left vectors `[M, n]` and right ones `[n, K]`, n = min(M, K).
  ///
  /// - Precondition: the elements are finite.
  package static func singularValues(
    _ matrix: Tensor
  ) -> (left: Tensor, values: [Float], right: Tensor) {
    let (M, K) = (matrix.rows, matrix.columns)
    let n = min(M, K)
    guard n > 0 else { return (Tensor([M, 0], []), [], Tensor([0, K], [])) }
    // LAPACK's matrices lie by columns: it sees Wᵀ = V S Uᵀ, so its left vectors are our right ones.
    var work = matrix.elements
    var values = [Float](repeating: 0, count: n)
    var right = [Float](repeating: 0, count: n * K)
    var left = [Float](repeating: 0, count: M * n)
    var integers = [blasint](repeating: 0, count: 8 * n)
    var scratch: [Float] = [0]
    _ = adapt_singular_values(
      blasint(K), blasint(M), &work, &values, &right, &left, &scratch, -1, &integers)
    // The size comes as a float, which may have been rounded down.
    let size = blasint(max(1, scratch[0] * 1.0001 + 1))
    scratch = [Float](repeating: 0, count: Int(size))
    let info = adapt_singular_values(
      blasint(K), blasint(M), &work, &values, &right, &left, &scratch, size, &integers)
    precondition(info == 0, "no singular values: \(info)")
    return (Tensor([M, n], left), values, Tensor([n, K], right))
  }
}
