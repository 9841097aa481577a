// The output head with cross-entropy: its twin, its chunks, and what it never allocates.
import AdaptGradients
import AdaptTensors
import Testing

/// Σ w (ln Σ e^l - l_t) or the negative terms alone; inputs x, W, b, A, B.
private struct HeadTwin: Twin {
  let (N, D, V): (Int, Int, Int)
  let variant: HeadVariant
  let targets: [Int32]
  let weights: [Double]?

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let logits = inputs[0].times(inputs[1], N, D, V, transposed: true)
    let inner = inputs[0].times(inputs[3], N, D, variant.rank, transposed: true)
    let update = inner.times(inputs[4], N, variant.rank, V, transposed: true)
    let losses = targets.enumerated().map { i, target -> S in
      guard target >= 0 else { return S(0) }
      let row = (0..<V).map { j in
        capped(
          logits[i * V + j] + inputs[2][j] + S(Double(variant.scale)) * update[i * V + j])
      }
      return row.logSumExp - row[Int(target)]
    }
    guard let weights else { return losses.map { S(0) - $0 } }
    return [zip(losses, weights).map { $0 * S($1) }.total]
  }

  private func capped<S: Scalar>(_ logit: S) -> S {
    guard let cap = variant.cap.map({ S(Double($0)) }) else { return logit }
    return cap * (logit / cap).hyperbolicTangent
  }
}

/// What a head has beside weight and bias.
struct HeadVariant: CustomTestStringConvertible, Sendable {
  var rank = 0
  var cap: Float?
  var scale: Float { 0.75 }
  var testDescription: String { "rank \(rank), cap \(cap.map { "\($0)" } ?? "none")" }

  static let all = [
    HeadVariant(), HeadVariant(rank: 1), HeadVariant(cap: 3), HeadVariant(rank: 3, cap: 1.5),
  ]
}

struct HeadTests {
  static let cases: [(D: Int, V: Int, targets: [Int32])] = [
    (1, 1, [0]), (5, 7, [-100, 6, 0, -100, 3]), (17, 33, [32, 31, 0, 5]), (4, 9, [-100, -100]),
    (3, 5, []),
  ]

  /// The twin's inputs as trainables: x, W, b, A, B.
  private func inputs(_ index: Int, _ variant: HeadVariant) -> [Trainable] {
    let (D, V, targets) = Self.cases[index]
    let shapes = [[targets.count, D], [V, D], [V], [variant.rank, D], [V, variant.rank]]
    return zip(["x", "w", "b", "a", "u"], shapes).enumerated().map { number, input in
      let key = RandomKey(seed: UInt64(index)).at(layer: UInt16(number), site: 0)
      let scale: Float = number > 1 ? 1 : 2
      return Trainable(input.0, key.uniform(input.1, in: -scale..<scale))
    }
  }

  private func check(_ index: Int, logitBytes: Int, _ variant: HeadVariant, isSum: Bool) {
    let (D, V, targets) = Self.cases[index]
    let (N, all) = (targets.count, inputs(index, variant))
    let weights = (0..<N).map { 0.25 + Float($0 % 3) }
    var head = OutputHead(
      weight: .trainable(all[1]), bias: .trainable(all[2]), softCap: variant.cap)
    if variant.rank > 0 {
      head.update = LowRankUpdate(
        down: Variable(all[3]), up: Variable(all[4]), scale: variant.scale)
    }
    head.logitBytes = logitBytes
    let y =
      isSum
      ? Variable(all[0]).headCrossEntropy(head, targets: targets, weights: weights)
      : Variable(all[0]).headLogProbabilities(head, targets: targets)
    let gradients = Gradients()
    let dy = RandomKey(seed: 9).uniform(y.shape, in: 0.5..<2)
    gradients.backward(from: y, gradient: dy)

    let tape = ScalarTape()
    let inputs = all.map { $0.value.elements.map { tape.input(Double($0)) } }
    let twin = HeadTwin(
      N: N, D: D, V: V, variant: variant, targets: targets,
      weights: isSum ? weights.map(Double.init) : nil)
    let wanted = twin(inputs)
    let sums = tape.gradients(of: Array(zip(wanted, dy.elements.map(Double.init))))
    #expect(relative(y.value.elements, wanted.map(\.number)) < 1e-5)
    for (trainable, input) in zip(all, inputs) {
      let got = gradients[trainable]?.elements ?? []
      #expect(relative(got, input.map { sums[$0.index] }) < 1e-5, "\(trainable.name)")
    }
  }

  @Test(arguments: 0..<5, HeadVariant.all)
  func headsMatch(index: Int, variant: HeadVariant) {
    for logitBytes in [1, 100, 1 << 20] {
      check(index, logitBytes: logitBytes, variant, isSum: true)
      check(index, logitBytes: logitBytes, variant, isSum: false)
    }
  }

  @Test(arguments: HeadVariant.all)
  func twinsAgreeWithDifferences(variant: HeadVariant) {
    let scale = variant.scale
    for (D, V, targets) in Self.cases where !targets.isEmpty {
      let weights = targets.indices.map { 0.25 + Double($0 % 3) }
      for isSum in [true, false] {
        let twin = HeadTwin(
          N: targets.count, D: D, V: V, variant: variant, targets: targets,
          weights: isSum ? weights : nil)
        let shapes = [[targets.count, D], [V, D], [V], [variant.rank, D], [V, variant.rank]]
        expectTwin("head", shapes, TwinSettings(scale: 2), twin: twin) { v in
          // A weight inside the graph, so that differences reach it too.
          var logits = v[0].multiplied(v[1], transposed: true) + v[2]
          logits = logits + v[0].lowRank(LowRankUpdate(down: v[3], up: v[4], scale: scale))
          if let cap = variant.cap {
            logits = logits.scaled(by: 1 / cap).activated(.tanh).scaled(by: cap)
          }
          let losses = logits.crossEntropies(targets)
          guard isSum else { return losses.scaled(by: -1) }
          return (losses * Variable(Tensor([targets.count], weights.map { Float($0) }))).sum
        }
      }
    }
  }

  /// A constant of an update has no gradient, and its partner's is the same as when both are trained.
  @Test(arguments: [true, false])
  func updatesGiveOnlyWantedGradients(isDown: Bool) {
    let key = RandomKey(seed: 22)
    let (w, x) = (key.uniform([40, 8], in: -1..<1), key.uniform([6, 8], in: -1..<1))
    let a = Trainable("a", key.at(layer: 1, site: 0).uniform([3, 8], in: -1..<1))
    let b = Trainable("b", key.at(layer: 2, site: 0).uniform([40, 3], in: -1..<1))
    func run(_ down: Variable, _ up: Variable, _ input: Variable) -> Gradients {
      let update = LowRankUpdate(down: down, up: up, scale: 2)
      let gradients = Gradients()
      gradients.backward(
        from: input.headCrossEntropy(
          OutputHead(weight: .frozen(w), update: update), targets: [0, 1, -100, 39, 4, 5],
          weights: .init(repeating: 0.5, count: 6)))
      return gradients
    }
    let both = run(Variable(a), Variable(b), Variable(Trainable("x", x)))
    #expect(both.trainables.map(\.name) == ["a", "b", "x"])
    let one = run(
      isDown ? Variable(a) : Variable(a.value), isDown ? Variable(b.value) : Variable(b),
      Variable(x))
    let trained = isDown ? a : b
    #expect(one.trainables.map(\.name) == [trained.name])
    #expect(one[trained]?.elements == both[trained]?.elements)
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
