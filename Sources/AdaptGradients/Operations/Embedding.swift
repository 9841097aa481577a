// Rows of a table by number: token, position and type embeddings.
import AdaptTensors
import CKernels

/// The rows `numbers` of `table [V, D]`, as `[N, D]`.
///
/// A trainable table receives a gradient of its own size; a frozen one none, in any format.
/// - Precondition: every number is in `0..<V`; inputs from outside are checked before.
package func embedding(_ numbers: [Int32], _ table: Parameter) -> Variable {
  switch table {
  case .trainable(let trainable): return Variable(trainable).gatheringRows(numbers)
  case .frozen(let weight):
    precondition(numbers.allSatisfy { $0 >= 0 && $0 < weight.rows })
    let (N, D) = (numbers.count, weight.columns)
    return Variable(
      Tensor([N, D]) { weight.gather(numbers, into: MutableMatrixView($0, rows: N, columns: D)) })
  }
}

extension Variable {
  /// The chosen rows, in order and with repetition: `[numbers.count, D]`.
  package func gatheringRows(_ numbers: [Int32]) -> Variable {
    let x = place
    precondition(numbers.allSatisfy { $0 >= 0 && $0 < x.rows })
    let (N, D) = (numbers.count, columns)
    let y = Tensor([N, D]) {
      value.gather(numbers, into: MutableMatrixView($0, rows: N, columns: D))
    }
    // y_i = x_n(i): row n receives the sum of the gradients of all i with n(i) = n.
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) { scatter(dy, to: numbers, shape: x.shape) }
    }
  }

  /// The opposite: row i is added to row `numbers[i]` of `[rows, D]` zeros.
  package func scatteringRows(_ numbers: [Int32], into rows: Int) -> Variable {
    let x = place
    precondition(numbers.count == x.rows && numbers.allSatisfy { $0 >= 0 && $0 < rows })
    let y = scatter(value, to: numbers, shape: [rows, columns])
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        Tensor(x.shape) {
          dy.gather(numbers, into: MutableMatrixView($0, rows: x.rows, columns: x.columns))
        }
      }
    }
  }
}

/// Zeros of `shape`, to whose row `numbers[i]` row i of `x` is added, in the order of i.
private func scatter(_ x: Tensor, to numbers: [Int32], shape: [Int]) -> Tensor {
  let (N, D) = (x.rows, x.columns)
  precondition(numbers.count == N)
  return withExtendedLifetime(x) {
    Tensor(zeros: shape) { out in
      for (i, number) in numbers.enumerated() {
        let row = out + Int(number) * D
        adapt_add_scaled(row, x.storage.base + i * D, 1, D)
      }
    }
  }
}
