// Rotations in blocks: orthogonal matrices from skew ones, and rows turned by them.
import AdaptTensors

/// How a skew matrix Q becomes a rotation R.
package enum CayleyForm: Sendable, Equatable {
  /// `(I − Q)(I + Q)⁻¹`.
  case exact
  /// `I + 2Q + 2Q² + …`, the start of the series of `(I + Q)(I − Q)⁻¹`: note the other sign of Q. The last power of
  /// several stands once, as in Python's peft.
  case series(terms: Int)

  /// The factors of the powers of Q, from Q⁰ on.
  var factors: [Float] {
    switch self {
    case .exact: []
    case .series(let terms) where terms < 3: Array([1, 2].prefix(max(1, terms)))
    case .series(let terms): [1, 2, 2] + [Float](repeating: 2, count: max(0, terms - 4)) + [1]
    }
  }
}

extension Variable {
  /// Rotations `[n · b, b]`, n blocks below each other, from the upper triangles `[n, b (b − 1) / 2]` of skew matrices.
  ///
  /// Qiu et al., arXiv:2306.07280, equation 4, and its series of arXiv:2506.19847. Saves the input.
  package func rotations(block b: Int, _ form: CayleyForm) -> Variable {
    precondition(columns == b * (b - 1) / 2, "\(columns) numbers for blocks of \(b)")
    let (x, n) = (place, rows)
    let saved = saved
    let y = Tensor([n * b, b]) { out in
      let target = MutableMatrixView(out, rows: n * b, columns: b)
      let source = value
      inParallel(n, weight: b * b * b) { part in
        for i in part {
          let r = SkewBlock(source, i, b).rotation(form)
          r.withElements { source in
            for (place, number) in source.enumerated() { target.base[i * b * b + place] = number }
          }
        }
      }
    }
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        let source = saved.value
        return Tensor(x.shape) { out in
          let target = MutableMatrixView(out, rows: n, columns: x.columns)
          inParallel(n, weight: b * b * b) { part in
            for i in part {
              let g = dy.withElements { SquareMatrix(b, Array($0[i * b * b..<(i + 1) * b * b])) }
              let dq = SkewBlock(source, i, b).gradient(g, form)
              SkewBlock.fold(dq, into: target.base + i * x.columns)
            }
          }
        }
      }
    }
  }

  /// Every row `[N, D]` with its consecutive parts of b numbers turned: part i times block i of `rotations [D, b]`, or
  /// times the one block of `[b, b]`.
  package func blockRotated(by rotations: Variable) -> Variable {
    let (b, D) = (rotations.columns, columns)
    let isShared = rotations.rows == b
    precondition(D % b == 0 && (isShared || rotations.rows == D), "\(rotations.shape) for \(D)")
    let y = rotatedBlocks(value, rotations.value, isTransposed: false)
    // y = x R: dx = dy Rᵀ and dR = xᵀ dy, block by block, summed where one block serves all.
    let (x, r) = (place, rotations.place)
    let savedX = r.wantsGradient ? saved : nil
    let savedR = x.wantsGradient ? rotations.saved : nil
    return recorded(y, from: [self, rotations]) { dy, gradients in
      if let savedR {
        gradients.add(to: x) {
          rotatedBlocks(dy, savedR.value, isTransposed: true).reshaped(x.shape)
        }
      }
      if let savedX {
        gradients.add(to: r) { crossedBlocks(savedX.value, dy, b, isShared: isShared) }
      }
    }
  }
}

/// `x R`, or `x Rᵀ`, block by block.
private func rotatedBlocks(_ x: Tensor, _ rotations: Tensor, isTransposed: Bool) -> Tensor {
  let (N, D, b) = (x.rows, x.columns, rotations.columns)
  let isShared = rotations.rows == b
  return withExtendedLifetime((x, rotations)) {
    Tensor(x.shape) { out in
      let (source, turn) = (MatrixView(x), MatrixView(rotations))
      let target = MutableMatrixView(out, rows: N, columns: D)
      inParallel(D / b, weight: N * b * b) { part in
        for i in part {
          let columns = i * b..<(i + 1) * b
          let r = isShared ? turn : turn[columns, 0..<b]
          BLAS.product(
            .plain(source[0..<N, columns]), Factor(matrix: r, isTransposed: isTransposed),
            into: target[0..<N, columns])
        }
      }
    }
  }
}

/// `xᵀ dy` of every block `[D, b]`, or their sum `[b, b]`.
private func crossedBlocks(_ x: Tensor, _ dy: Tensor, _ b: Int, isShared: Bool) -> Tensor {
  let (N, D) = (x.rows, x.columns)
  return withExtendedLifetime((x, dy)) {
    Tensor(zeros: [isShared ? b : D, b]) { out in
      let target = MutableMatrixView(out, rows: isShared ? b : D, columns: b)
      for i in 0..<D / b {
        let columns = i * b..<(i + 1) * b
        BLAS.product(
          .transposed(MatrixView(x)[0..<N, columns]), .plain(MatrixView(dy)[0..<N, columns]),
          accumulating: isShared, into: isShared ? target : target[columns, 0..<b])
      }
    }
  }
}
