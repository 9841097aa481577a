// The lengths of the rows of a weight with its low-rank update, without forming their sum.
import AdaptGradients
import AdaptTensors
import Synchronization

/// Remembers the squared lengths of a frozen weight's rows between calls.
final class RowLengths: Sendable {
  private struct Known: Sendable {
    let weight: any WeightMatrix
    let squares: [Double]
  }

  private let known = Mutex<Known?>(nil)

  /// The Euclidean lengths of the rows of `W + s B A` `[M]`, with W `[M, K]`, A `[r, K]`, B `[M, r]`.
  ///
  /// |w + s Aᵀb|² = |w|² + 2 s b·(A w) + s² b·(A Aᵀ) b; sums over r in Double. Costs the product `A Wᵀ` a call, and
  /// a reading of W at the first.
  func callAsFunction(
    _ weight: any WeightMatrix, down: Tensor, up: Tensor, scale: Float
  ) -> Tensor {
    let squares = squares(of: weight)
    let (M, r) = (weight.rows, down.rows)
    let crossed = Tensor([r, M]) { out in
      withExtendedLifetime(down) {
        weight.multiplyTransposed(
          MatrixView(down), into: MutableMatrixView(out, rows: r, columns: M), on: .shared)
      }
    }.elements
    let gram = Variable(down).multiplied(Variable(down), transposed: true).value.elements
    let b = up.elements
    let s = Double(scale)
    return Tensor(
      [M],
      (0..<M).map { row in
        var sum = squares[row]
        for i in 0..<r {
          let bi = s * Double(b[row * r + i])
          guard bi != 0 else { continue }
          sum += 2 * bi * Double(crossed[i * M + row])
          for j in 0..<r { sum += bi * s * Double(b[row * r + j]) * Double(gram[i * r + j]) }
        }
        return Float(max(0, sum).squareRoot())
      })
  }

  /// A frozen weight stays the same object in the same memory; another one is read again.
  private func squares(of weight: any WeightMatrix) -> [Double] {
    known.withLock { known in
      if let known, known.weight.isSame(as: weight) { return known.squares }
      let squares = weight.squaredRows
      known = Known(weight: weight, squares: squares)
      return squares
    }
  }
}

extension WeightMatrix {
  /// Whether both are known to be one matrix at rest.
  fileprivate func isSame(as other: any WeightMatrix) -> Bool {
    switch (self, other) {
    case (let a as Tensor, let b as Tensor): a.storage === b.storage && a.shape == b.shape
    case (let a as TransposedWeight, let b as TransposedWeight): a.stored.isSame(as: b.stored)
    case (let a as WeightStorage, let b as WeightStorage):
      a.address == b.address && a.rows == b.rows && a.columns == b.columns
    default: false
    }
  }

  /// The squared length of each row, read in panels of 64.
  fileprivate var squaredRows: [Double] {
    // Rows of what lies transposed are gathered from a whole.
    let source: any WeightMatrix = self is WeightStorage ? self : expanded
    let width = columns
    return stride(from: 0, to: rows, by: 64).flatMap { first in
      let part = first..<min(first + 64, rows)
      let panel = Tensor([part.count, width]) { out in
        source.gather(
          part.map { Int32($0) },
          into: MutableMatrixView(out, rows: part.count, columns: width))
      }
      return panel.withElements { x in
        (0..<part.count).map { row in
          x[row * width..<(row + 1) * width].reduce(0.0) { $0 + Double($1) * Double($1) }
        }
      }
    }
  }
}

extension Tensor {
  /// The Euclidean length of each row `[M]`, summed in Double.
  var rowLengths: Tensor {
    let (M, K) = (rows, columns)
    return withElements { x in
      Tensor([M]) { out in
        for row in 0..<M {
          let square = x[row * K..<(row + 1) * K].reduce(0.0) { $0 + Double($1) * Double($1) }
          out[row] = Float(square.squareRoot())
        }
      }
    }
  }

  /// One over each element; zero stays zero, as a row of zeros has no direction.
  var inverted: Tensor { Tensor(shape, elements.map { $0 == 0 ? 0 : 1 / $0 }) }

  /// The quotients of two vectors; zero where the divisor is.
  func dividing(by other: Tensor) -> Tensor {
    Tensor(shape, zip(elements, other.elements).map { $1 == 0 ? 0 : $0 / $1 })
  }

  /// Row i times the i-th factor.
  func scalingRows(by factors: Tensor) -> Tensor {
    let width = columns
    return withElements { x in
      factors.withElements { f in
        Tensor(shape) { out in
          for row in 0..<rows {
            for i in row * width..<(row + 1) * width { out[i] = x[i] * f[row] }
          }
        }
      }
    }
  }

  /// Column j times the j-th factor.
  func scalingColumns(by factors: Tensor) -> Tensor {
    let width = columns
    return withElements { x in
      factors.withElements { f in
        Tensor(shape) { out in
          for row in 0..<rows {
            for j in 0..<width { out[row * width + j] = x[row * width + j] * f[j] }
          }
        }
      }
    }
  }
}
