// Skew matrices and the rotations that they stand for, one block at a time.
import AdaptTensors

/// One skew matrix Q.
struct SkewBlock {
  let q: SquareMatrix

  /// From row `number` of upper triangles.
  init(_ triangles: Tensor, _ number: Int, _ b: Int) {
    var q = SquareMatrix(b)
    triangles.withElements { values in
      var next = number * (b * (b - 1) / 2)
      for i in 0..<b {
        for j in i + 1..<max(b, i + 1) {
          q[i, j] = values[next]
          q[j, i] = -values[next]
          next += 1
        }
      }
    }
    self.q = q
  }

  func rotation(_ form: CayleyForm) -> Tensor {
    guard case .series = form else {
      // (I − Q)(I + Q)⁻¹ = 2 (I + Q)⁻¹ − I.
      var r = inverse.scaled(by: 2)
      r.addIdentity(-1)
      return r.tensor
    }
    return partialSums(form.factors)[0].tensor
  }

  /// `P_k = c_k I + Q P_{k+1}` from k = 0 on: the series and what its gradient needs.
  private func partialSums(_ factors: [Float]) -> [SquareMatrix] {
    var sums: [SquareMatrix] = []
    for factor in factors.reversed() {
      var next = sums.last.map { q.times($0) } ?? SquareMatrix(q.size)
      next.addIdentity(factor)
      sums.append(next)
    }
    return sums.reversed()
  }

  /// The gradient of Q from that of R, Q's elements taken as free.
  func gradient(_ g: SquareMatrix, _ form: CayleyForm) -> SquareMatrix {
    guard case .series = form else {
      // R = 2 M − I with M = (I + Q)⁻¹ and dM = −M dQ M, so the gradient is −2 Mᵀ G Mᵀ.
      let m = inverse
      return m.times(g, isTransposed: true).times(m, otherIsTransposed: true).scaled(by: -2)
    }
    // P_k = c_k I + Q P_{k+1}: dQ += G_k P_{k+1}ᵀ and G_{k+1} = Qᵀ G_k.
    var (dq, g) = (SquareMatrix(q.size), g)
    for sum in partialSums(form.factors).dropFirst() {
      dq.add(g.times(sum, otherIsTransposed: true))
      g = q.times(g, isTransposed: true)
    }
    return dq
  }

  /// Upper triangle of `dq − dqᵀ`: each number of a triangle stands twice in Q, once with the other sign.
  static func fold(_ dq: SquareMatrix, into out: UnsafeMutablePointer<Float>) {
    var next = 0
    for i in 0..<dq.size {
      for j in i + 1..<max(dq.size, i + 1) {
        out[next] = dq[i, j] - dq[j, i]
        next += 1
      }
    }
  }

  /// `(I + Q)⁻¹` by Gauss and Jordan in Double; all pivots are at least 1, as the symmetric part of the matrix is I.
  private var inverse: SquareMatrix {
    let b = q.size
    var a = q.elements.map(Double.init)
    var m = [Double](repeating: 0, count: b * b)
    for i in 0..<b {
      a[i * b + i] += 1
      m[i * b + i] = 1
    }
    for pivot in 0..<b {
      let scale = 1 / a[pivot * b + pivot]
      for j in 0..<b {
        a[pivot * b + j] *= scale
        m[pivot * b + j] *= scale
      }
      for row in 0..<b where row != pivot {
        let share = a[row * b + pivot]
        guard share != 0 else { continue }
        for j in 0..<b {
          a[row * b + j] -= share * a[pivot * b + j]
          m[row * b + j] -= share * m[pivot * b + j]
        }
      }
    }
    return SquareMatrix(b, m.map(Float.init))
  }
}
