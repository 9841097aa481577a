// Weights at rest in any format of AdaptTensors as parameters of operations.
package import AdaptTensors

extension WeightStorage: WeightMatrix {
  package func gather(_ numbers: [Int32], into out: MutableMatrixView) {
    precondition(numbers.allSatisfy { $0 >= 0 && $0 < rows })
    for (i, number) in numbers.enumerated() {
      widen(
        rows: Int(number)..<Int(number) + 1, columns: 0..<columns, into: out[i..<i + 1, 0..<columns]
      )
    }
  }

  package var expanded: Tensor { widened() }
}
