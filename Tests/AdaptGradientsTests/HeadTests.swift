// The output head with cross-entropy: its twin, its chunks, and what it never allocates.
import AdaptGradients
import AdaptTensors
import Testing

/// Σ w (ln Σ e^l - l_t) or the negative terms alone; inputs x, W, b.
private struct HeadTwin: Twin {
  let (N, D, V): (Int, Int, Int)
  let targets: [Int32]
  let weights: [Double]?

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let logits = inputs[0].times(inputs[1], N, D, V, transposed: true)
    let losses = targets.enumerated().map { i, target -> S in
      guard target >= 0 else { return S(0) }
      let row = (0..<V).map { logits[i * V + $0] + inputs[2][$0] }
      return row.logSumExp - row[Int(target)]
    }
    guard let weights else { return losses.map { S(0) - $0 } }
    return [zip(losses, weights).map { $0 * S($1) }.total]
  }
}

struct HeadTests {
  static let cases: [(D: Int, V: Int, targets: [Int32])] = [
    (1, 1, [0]), (5, 7, [-100, 6, 0, -100, 3]), (17, 33, [32, 31, 0, 5]), (4, 9, [-100, -100]),
    (3, 5, []),
  ]

  /// `x` as a leaf, `W` and `b` trainable: the twin's inputs in another guise.
  private func check(_ index: Int, logitBytes: Int, isSum: Bool) {
    let (D, V, targets) = Self.cases[index]
    let (N, key) = (targets.count, RandomKey(seed: UInt64(index)))
    let x = Trainable("x", key.uniform([N, D], in: -2..<2))
    let w = Trainable("w", key.at(layer: 1, site: 0).uniform([V, D], in: -2..<2))
    let b = Trainable("b", key.at(layer: 2, site: 0).uniform([V], in: -1..<1))
    let weights = (0..<N).map { 0.25 + Float($0 % 3) }
    var head = OutputHead(weight: .trainable(w), bias: .trainable(b))
    head.logitBytes = logitBytes
    let y =
      isSum
      ? Variable(x).headCrossEntropy(head, targets: targets, weights: weights)
      : Variable(x).headLogProbabilities(head, targets: targets)
    let gradients = Gradients()
    let dy = key.at(layer: 3, site: 0).uniform(y.shape, in: 0.5..<2)
    gradients.backward(from: y, gradient: dy)

    let tape = ScalarTape()
    let inputs = [x, w, b].map { $0.value.elements.map { tape.input(Double($0)) } }
    let twin = HeadTwin(
      N: N, D: D, V: V, targets: targets, weights: isSum ? weights.map(Double.init) : nil)
    let wanted = twin(inputs)
    let sums = tape.gradients(of: Array(zip(wanted, dy.elements.map(Double.init))))
    #expect(relative(y.value.elements, wanted.map(\.number)) < 1e-5)
    for (trainable, input) in zip([x, w, b], inputs) {
      let got = gradients[trainable]?.elements ?? []
      #expect(relative(got, input.map { sums[$0.index] }) < 1e-5, "\(trainable.name)")
    }
  }

  @Test(arguments: 0..<5, [1, 100, 1 << 20])
  func headsMatch(index: Int, logitBytes: Int) {
    check(index, logitBytes: logitBytes, isSum: true)
    check(index, logitBytes: logitBytes, isSum: false)
  }

  @Test func twinsAgreeWithDifferences() {
    for (D, V, targets) in Self.cases where !targets.isEmpty {
      let weights = targets.indices.map { 0.25 + Double($0 % 3) }
      for isSum in [true, false] {
        let twin = HeadTwin(
          N: targets.count, D: D, V: V, targets: targets, weights: isSum ? weights : nil)
        expectTwin("head", [[targets.count, D], [V, D], [V]], TwinSettings(scale: 2), twin: twin) {
          v in
          // A weight inside the graph, so that differences reach it too.
          let logits = v[0].multiplied(v[1], transposed: true) + v[2]
          let losses = logits.crossEntropies(targets)
          guard isSum else { return losses.scaled(by: -1) }
          return (losses * Variable(Tensor([targets.count], weights.map { Float($0) }))).sum
        }
      }
    }
  }

  @Test func frozenHeadsGiveOnlyTheInputsGradient() {
    let key = RandomKey(seed: 20)
    let (w, x) = (key.uniform([50, 8], in: -1..<1), key.uniform([9, 8], in: -1..<1))
    let targets: [Int32] = [3, -100, 49, 0, 7, 7, -100, 1, 2]
    func run(_ parameter: Parameter) -> (Float, [Float], [String]) {
      let input = Trainable("x", x)
      let gradients = Gradients()
      let loss = Variable(input).headCrossEntropy(
        OutputHead(weight: parameter), targets: targets, weights: .init(repeating: 1, count: 9))
      gradients.backward(from: loss)
      return (
        loss.value.elements[0], gradients[input]?.elements ?? [], gradients.trainables.map(\.name)
      )
    }
    let frozen = run(.frozen(w))
    let trained = run(.trainable(Trainable("w", w)))
    #expect(frozen.0 == trained.0 && frozen.1 == trained.1)
    #expect(frozen.2 == ["x"] && trained.2 == ["w", "x"])
    // Ignored tokens have no gradient at all.
    #expect(frozen.1[8..<16].allSatisfy { $0 == 0 })
  }

  @Test func nothingTrainableMeansNoGradientIsFormed() {
    let key = RandomKey(seed: 21)
    let w = key.uniform([40, 4], in: -1..<1)
    let x = Variable(key.uniform([3, 4], in: -1..<1))
    let loss = x.headCrossEntropy(
      OutputHead(weight: .frozen(w)), targets: [1, 2, 3], weights: [1, 1, 1])
    #expect(!loss.wantsGradient)
    let logs = x.headLogProbabilities(OutputHead(weight: .frozen(w)), targets: [1, 2, 3])
    let sum = logs.value.elements.reduce(0, +)
    #expect(abs(loss.value.elements[0] + sum) < 1e-5)
  }
}
