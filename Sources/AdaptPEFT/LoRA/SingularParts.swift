// The leading singular values and vectors of a weight, exact or by a random sketch.
import AdaptGradients
import AdaptTensors

/// `U diag(S) Vᵀ` of a matrix `[M, K]` cut to r parts: U `[M, r]`, S falling, Vᵀ `[r, K]`.
struct SingularParts {
  let left: Tensor
  let values: [Float]
  let right: Tensor

  /// A = diag(√(S/s)) Vᵀ and B = U diag(√(S/s)), so that `s B A` is the cut matrix.
  func balanced(over scale: Float) -> (down: Tensor, up: Tensor) {
    let roots = values.map { (max(0, $0) / scale).squareRoot() }
    let (r, K) = (values.count, right.columns)
    let down = right.withElements { v in
      Tensor([r, K]) { out in for i in 0..<r * K { out[i] = v[i] * roots[i / max(1, K)] } }
    }
    let up = left.withElements { u in
      Tensor(left.shape) { out in for i in u.indices { out[i] = u[i] * roots[i % r] } }
    }
    return (down, up)
  }
}

extension Tensor {
  /// The first `rank` singular parts.
  ///
  /// With `iterations` they are those of the range that as many rounds of subspace iteration find from a random
  /// sketch (Halko, Martinsson and Tropp, arXiv:0909.4061, algorithms 4.4 and 5.1), which costs little and is
  /// approximate; else they are exact.
  func singularParts(
    _ rank: Int, iterations: Int? = nil, key: RandomKey = RandomKey(seed: 0)
  ) -> SingularParts {
    guard let iterations else {
      let all = LAPACK.singularValues(self)
      return SingularParts(
        left: Variable(all.left).columns(0..<rank).value, values: Array(all.values[..<rank]),
        right: Variable(all.right).rows(0..<rank).value)
    }
    let w = Variable(self)
    var q = w.multiplied(Variable(key.normal([columns, rank], deviation: 1))).value
      .orthonormalColumns()
    for _ in 0..<iterations {
      let z = w.multiplied(Variable(q), selfTransposed: true).value.orthonormalColumns()
      q = w.multiplied(Variable(z)).value.orthonormalColumns()
    }
    let small = LAPACK.singularValues(Variable(q).multiplied(w, selfTransposed: true).value)
    return SingularParts(
      left: Variable(q).multiplied(Variable(small.left)).value, values: small.values,
      right: small.right)
  }

  /// Q `[M, r]` and `Qᵀ W` `[r, K]` for the first r columns of W `[M, K]`: what a QR decomposition begins with.
  func leadingColumns(_ rank: Int) -> (q: Tensor, r: Tensor) {
    let q = Variable(self).columns(0..<rank).value.orthonormalColumns()
    return (q, Variable(q).multiplied(Variable(self), selfTransposed: true).value)
  }

  /// An orthonormal basis of the columns `[M, r]`, by Gram and Schmidt twice over, in Double.
  ///
  /// A column that lies in the span of those before it becomes zero.
  func orthonormalColumns() -> Tensor {
    let (M, r) = (rows, columns)
    let source = elements
    var basis: [[Double]] = []
    for column in 0..<r {
      var v = (0..<M).map { Double(source[$0 * r + column]) }
      let before = length(v)
      for b in basis + basis { removePart(of: &v, along: b) }
      let after = length(v)
      let isNew = after > 1e-7 * before && after > 0
      basis.append(isNew ? v.map { $0 / after } : [Double](repeating: 0, count: M))
    }
    return Tensor([M, r]) { out in
      for (j, b) in basis.enumerated() { for i in 0..<M { out[i * r + j] = Float(b[i]) } }
    }
  }
}

/// Takes out of `v` what lies along the unit vector `b`.
private func removePart(of v: inout [Double], along b: [Double]) {
  let share = zip(v, b).reduce(0) { $0 + $1.0 * $1.1 }
  for i in v.indices { v[i] -= share * b[i] }
}

private func length(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
