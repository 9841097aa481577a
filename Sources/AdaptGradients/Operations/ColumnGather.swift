// Columns of a matrix by number: the low-rank factor of a table that PyTorch keeps as [r, V].
import AdaptTensors

extension Variable {
  /// The chosen columns of `[r, V]` as rows `[numbers.count, r]`, in order and with repetition.
  package func gatheringColumns(_ numbers: [Int32]) -> Variable {
    let (x, V) = (place, columns)
    precondition(numbers.allSatisfy { $0 >= 0 && $0 < V })
    let (N, r) = (numbers.count, rows)
    let y = withExtendedLifetime(value) {
      Tensor([N, r]) { out in
        for (i, number) in numbers.enumerated() {
          for k in 0..<r { out[i * r + k] = value.storage.base[k * V + Int(number)] }
        }
      }
    }
    // y_ik = x_k,n(i): column n receives the sum of the gradients of all i with n(i) = n.
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        withExtendedLifetime(dy) {
          Tensor(zeros: x.shape) { out in
            for (i, number) in numbers.enumerated() {
              for k in 0..<r { out[k * V + Int(number)] += dy.storage.base[i * r + k] }
            }
          }
        }
      }
    }
  }
}
