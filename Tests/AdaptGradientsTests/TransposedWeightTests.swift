// Dense layers whose weight lies as [in, out] against the same weight turned round.
import AdaptGradients
import AdaptTensors
import Testing

/// `x W + b`; inputs x `[N, K]`, W `[K, M]`, b `[M]`.
private struct TransposedTwin: Twin {
  let (N, K, M): (Int, Int, Int)

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let y = inputs[0].times(inputs[1], N, K, M)
    return y.indices.map { y[$0] + inputs[2][$0 % M] }
  }
}

struct TransposedWeightTests {
  /// A trained weight: `Trainable`s are what the layer takes, so the graph's inputs are put into them.
  @Test(arguments: [(1, 1, 1), (5, 7, 3), (17, 33, 40), (0, 4, 2)])
  func trainedWeightsMatch(rows: Int, inputs: Int, outputs: Int) {
    let (N, K, M, key) = (rows, inputs, outputs, RandomKey(seed: 8))
    let x = Trainable("x", key.uniform([N, K], in: -1..<1))
    let w = Trainable("w", key.at(layer: 1, site: 0).uniform([K, M], in: -1..<1))
    let b = Trainable("b", key.at(layer: 2, site: 0).uniform([M], in: -1..<1))
    let dy = key.at(layer: 3, site: 0).uniform([N, M], in: -1..<1)
    func run(_ forward: (Variable) -> Variable) -> [[Float]] {
      let gradients = Gradients()
      let y = forward(Variable(x))
      gradients.backward(from: y, gradient: dy)
      return [y.value.elements] + [x, w, b].map { gradients[$0]?.elements ?? [] }
    }
    let layer = DenseLayer(weight: .trainable(w), bias: .trainable(b), isTransposed: true)
    let got = run { $0.linears([layer])[0] }
    let wanted = run { $0.multiplied(Variable(w)) + Variable(b) }
    for (a, b) in zip(got, wanted) { #expect(relative(a, b.map(Double.init)) < 2e-6) }
    let twin = TransposedTwin(N: N, K: K, M: M)
    expectTwin("transposed", [[N, K], [K, M], [M]], twin: twin) {
      $0[0].multiplied($0[1]) + $0[2]
    }
  }

  @Test(arguments: [WeightFormat.bfloat16, .float16, .int8, .nf4])
  func restingWeightsEqualTheirCopies(format: WeightFormat) throws {
    let key = RandomKey(seed: 9)
    let stored = try WeightStorage(key.uniform([64, 70], in: -1..<1), as: format)
    let weight = TransposedWeight(stored)
    #expect(weight.rows == 70 && weight.columns == 64)
    #expect(weight.expanded.elements == stored.widened().transposed.elements)
    #expect(weight.expanded.transposed.elements == stored.widened().elements)
    for rows in [1, 3, 40] {
      let input = key.at(layer: 1, site: 0).uniform([rows, 64], in: -1..<1)
      func run(_ weight: Parameter) -> [[Float]] {
        let x = Trainable("x", input)
        let gradients = Gradients()
        // Two layers on one input: the second adds to the gradient of the first.
        let y = Variable(x).linears([DenseLayer(weight: weight), DenseLayer(weight: weight)])
        gradients.backward(from: (y[0] * y[1]).sum)
        return [y[0].value.elements, gradients[x]?.elements ?? []]
      }
      let (got, wanted) = (run(.frozen(weight)), run(Parameter(weight.expanded)))
      for (a, b) in zip(got, wanted) { #expect(relative(a, b.map(Double.init)) < 1e-5) }
    }
    #expect(
      embedding([69, 0, 7], .frozen(weight)).value.elements
        == embedding([69, 0, 7], Parameter(weight.expanded)).value.elements)
  }
}
