// The tape itself: what records, what is freed, checkpoints, dropout by key, and bytes never allocated.
import AdaptGradients
import AdaptTensors
import Testing

struct TapeTests {
  private let key = RandomKey(seed: 30)

  @Test func constantsRecordNothing() {
    let (x, w) = (Variable(key.uniform([2, 3], in: -1..<1)), key.uniform([4, 3], in: -1..<1))
    let y = x.linear(Parameter(w)).activated(.silu) + Variable(key.uniform([4], in: -1..<1))
    #expect(!y.wantsGradient)
    #expect(!withoutRecording { Variable(Trainable("t", w)).activated(.relu) }.wantsGradient)
    #expect(!Variable(Trainable("t", w)).detached.wantsGradient)
  }

  @Test func gradientsSumOverPasses() {
    let x = Trainable("x", Tensor([2], [1, 2]))
    let gradients = Gradients()
    for factor in [1, 2, 3] {
      gradients.backward(from: Variable(x).scaled(by: Float(factor)).sum)
    }
    #expect(gradients[x]?.elements == [6, 6])
  }

  @Test func whatNobodyWantsIsNotComputed() {
    let gradients = Gradients()
    var isCalled = false
    gradients.add(to: Variable(Tensor([1], [1]))) {
      isCalled = true
      return Tensor([1], [1])
    }
    #expect(!isCalled)
  }

  @Test func diamondsRunEachNodeOnce() {
    // y = a + b with a = x², b = 3 a: dy/dx = 8 x, through paths of unequal length.
    let x = Trainable("x", Tensor([2], [1, -2]))
    let v = Variable(x)
    let a = v * v
    let y = a.scaled(by: 3) + a
    let gradients = Gradients()
    gradients.backward(from: y.sum)
    #expect(gradients[x]?.elements == [8, -16])
  }

  @Test func tiedParametersReceiveBothGradients() {
    let w = Trainable("w", key.uniform([5, 3], in: -1..<1))
    let gradients = Gradients()
    let x = embedding([1, 4], .trainable(w))
    let loss = x.headCrossEntropy(
      OutputHead(weight: .trainable(w)), targets: [0, 2], weights: [1, 1])
    gradients.backward(from: loss)
    let (one, two) = (Trainable("a", w.value), Trainable("b", w.value))
    let apart = Gradients()
    let other = embedding([1, 4], .trainable(one)).headCrossEntropy(
      OutputHead(weight: .trainable(two)), targets: [0, 2], weights: [1, 1])
    apart.backward(from: other)
    let sum = zip(apart[one]?.elements ?? [], apart[two]?.elements ?? []).map { Double($0 + $1) }
    #expect(relative(gradients[w]?.elements ?? [], sum) < 1e-6)
  }

  @Test func valuesFormedAgainServeTheBackwardPass() {
    // Each product needs a value that its maker does not keep: the norm's, SwiGLU's, GELU's, dropout's.
    let x = Trainable("x", key.uniform([5, 24], in: -1..<1))
    let w = Trainable("w", key.at(layer: 1, site: 1).uniform([24, 24], in: -1..<1))
    let gain = Variable(Tensor([24], [Float](repeating: 1.5, count: 24)))
    func run(keepingAll: Bool) -> [[Float]] {
      // A product with ones keeps its operand's value as any other value.
      let one = Variable(Tensor([1], [1]))
      func hold(_ v: Variable) -> Variable { keepingAll ? v * one : v }
      var v = hold(Variable(x).rmsNormalised(gain: gain, epsilon: 1e-5))
      v = hold(v.linear(.trainable(w)).activated(.gelu))
      v = hold(v.linear(.trainable(w)).dropped(rate: 0.3, key: key))
      v = hold(v.linear(.trainable(w)).layerNormalised(gain: gain, shift: gain, epsilon: 1e-5))
      v = hold(swiGLU(gate: v, up: v.linear(.trainable(w)))).linear(.trainable(w))
      let gradients = Gradients()
      gradients.backward(from: (v * v).sum)
      return [gradients[x]?.elements ?? [], gradients[w]?.elements ?? []]
    }
    let kept = run(keepingAll: true)
    #expect(kept == run(keepingAll: false))
    #expect(kept.allSatisfy { !$0.isEmpty && $0.contains { $0 != 0 } })
  }

  // MARK: Checkpoints

  /// A small transformer block with LoRA and dropout on frozen weights.
  private func block(
    _ x: Variable, _ layer: UInt16, _ updates: [Trainable], dropout: Float
  ) -> Variable {
    let key = key.at(layer: layer, site: 0)
    func weight(_ site: UInt16, _ shape: [Int]) -> Parameter {
      Parameter(key.at(layer: layer, site: site).uniform(shape, in: -0.5..<0.5))
    }
    let gain = Variable(Tensor([16], [Float](repeating: 1, count: 16)))
    let update = LowRankUpdate(
      down: Variable(updates[0]), up: Variable(updates[1]), scale: 2)
    let normal = x.rmsNormalised(gain: gain, epsilon: 1e-5)
    let qkv = normal.linears([
      DenseLayer(weight: weight(1, [16, 16]), update: update),
      DenseLayer(weight: weight(2, [8, 16])), DenseLayer(weight: weight(3, [8, 16])),
    ])
    let context = attention(
      query: qkv[0], key: qkv[1], value: qkv[2],
      segments: AttentionSegments(Segments(lengths: [5, 9])),
      rules: AttentionRules(heads: 4, keyHeads: 2, isCausal: true))
    let middle = x + context.linear(weight(4, [16, 16])).dropped(rate: dropout, key: key)
    let inner = middle.rmsNormalised(gain: gain, epsilon: 1e-5).linears([
      DenseLayer(weight: weight(5, [24, 16])), DenseLayer(weight: weight(6, [24, 16])),
    ])
    return middle + swiGLU(gate: inner[0], up: inner[1]).linear(weight(7, [16, 24]))
  }

  private func train(isCheckpointed: Bool, firstIsTrained: Bool = true) -> [[Float]] {
    let parts = (0..<3).map { layer in
      [[2, 16], [16, 2]].enumerated().map { site, shape in
        Trainable(
          "\(layer).\(site)",
          key.at(layer: UInt16(layer), site: UInt16(20 + site)).uniform(shape, in: -1..<1))
      }
    }
    let input = Trainable("x", key.at(layer: 50, site: 0).uniform([14, 16], in: -1..<1))
    var x = firstIsTrained ? Variable(input) : Variable(input.value)
    for layer in 0..<3 {
      let body = { [self] (x: Variable) in block(x, UInt16(layer), parts[layer], dropout: 0.25) }
      x = isCheckpointed ? checkpoint(x, body) : body(x)
    }
    let loss = (x * x).sum
    let gradients = Gradients()
    gradients.backward(from: loss)
    return [loss.value.elements]
      + ([input] + parts.flatMap { $0 }).map {
        gradients[$0]?.elements ?? []
      }
  }

  @Test(arguments: [true, false])
  func checkpointsChangeNoBit(firstIsTrained: Bool) {
    let plain = train(isCheckpointed: false, firstIsTrained: firstIsTrained)
    #expect(plain == train(isCheckpointed: true, firstIsTrained: firstIsTrained))
    #expect(plain[1].isEmpty == !firstIsTrained)
    #expect(plain[2...].allSatisfy { !$0.isEmpty && $0.contains { $0 != 0 } })
  }

  @Test func nestedCheckpointsWork() {
    let x = Trainable("x", key.uniform([3], in: 0.5..<1))
    func cube(_ v: Variable, nested: Bool) -> Variable {
      guard nested else { return v * v * v }
      return checkpoint(v) { v in checkpoint(v) { $0 * $0 } * v }
    }
    let results = [false, true].map { nested -> [Float] in
      let gradients = Gradients()
      gradients.backward(from: cube(Variable(x), nested: nested).sum)
      return gradients[x]?.elements ?? []
    }
    #expect(results[0] == results[1] && !results[0].isEmpty)
  }

  @Test func checkpointsReachVariablesFromOutside() {
    // The outer value is deeper in the graph than the checkpoint's input.
    let (x, y) = (Trainable("x", Tensor([2], [1, 2])), Trainable("y", Tensor([2], [3, 4])))
    let deep = Variable(y).scaled(by: 2).scaled(by: 2).scaled(by: 2)
    let result = checkpoint(Variable(x)) { $0 * deep } + deep
    let gradients = Gradients()
    gradients.backward(from: result.sum)
    #expect(gradients[x]?.elements == [24, 32])
    #expect(gradients[y]?.elements == [16, 24])
  }

  @Test func checkpointsOfConstantsRecordNothing() {
    let x = Variable(Tensor([2], [1, 2]))
    #expect(!checkpoint(x) { $0 * $0 }.wantsGradient)
  }

  // MARK: Random numbers

  @Test func philoxGivesThePublishedNumbers() {
    // The known answers of the authors' library Random123, file kat_vectors.
    let most = UInt32.max
    let answers: [(counter: [UInt32], key: [UInt32], words: [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [most, most, most, most], [most, most],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    for answer in answers {
      #expect(Philox.words(counter: answer.counter, key: answer.key) == answer.words)
    }
    #expect(RandomKey(seed: 0).words(4) == answers[0].words)
  }

  @Test func streamsReadTheSameFromAnywhere() {
    let all = key.words(64)
    for start in [0, 1, 5, 17] {
      #expect(key.words(9, from: UInt64(start)) == Array(all[start..<start + 9]))
    }
    var seen = Set(all)
    for other in [
      key.at(layer: 1, site: 0), key.at(layer: 0, site: 1), RandomKey(seed: 31),
      RandomKey(seed: 30, step: 1),
    ] {
      #expect(seen.isDisjoint(with: other.words(64)))
      seen.formUnion(other.words(64))
    }
  }

  @Test func normalsHaveTheirMoments() {
    let x = key.normal([100_001], deviation: 2).elements.map(Double.init)
    let mean = x.reduce(0, +) / Double(x.count)
    let square = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    // Five standard errors: 2 / √n and 4 √(2 / n).
    #expect(abs(mean) < 0.032 && abs(square - 4) < 0.09)
  }

  @Test(arguments: [0.1, 0.5] as [Float])
  func dropoutReplaysAndScales(rate: Float) {
    let x = Trainable("x", Tensor([40_001], [Float](repeating: 1, count: 40_001)))
    let y = Variable(x).dropped(rate: rate, key: key)
    #expect(y.value.elements == Variable(x).dropped(rate: rate, key: key).value.elements)
    let other = Variable(x).dropped(rate: rate, key: key.at(layer: 0, site: 1))
    #expect(y.value.elements != other.value.elements)
    let share = Double(y.value.elements.filter { $0 == 0 }.count) / 40_001
    #expect(abs(share - Double(rate)) < 0.0125)
    #expect(Set(y.value.elements) == [0, 1 / (1 - rate)])
    let gradients = Gradients()
    gradients.backward(from: y.sum)
    #expect(gradients[x]?.elements == y.value.elements)
    #expect(Variable(x).dropped(rate: 0, key: key).value.elements == x.value.elements)
  }
}

/// Bytes that an operation takes itself, whatever other suites take meanwhile.
struct AllocationTests {
  private let key = RandomKey(seed: 40)
  private let tokens = 64
  private let width = 96
  private let vocabulary = 6_000

  private func step(_ head: Parameter, layer: Parameter, rank: Int = 0) -> Int {
    let x = Variable(Trainable("x", key.uniform([tokens, width], in: -1..<1)))
    let targets = (0..<tokens).map { Int32($0 * 7) }
    var output = OutputHead(weight: head)
    output.logitBytes = 8 * vocabulary * 4
    if rank > 0 {
      output.update = LowRankUpdate(
        down: Variable(Trainable("a", key.uniform([rank, width], in: -1..<1))),
        up: Variable(Trainable("b", key.uniform([vocabulary, rank], in: -1..<1))), scale: 1)
      output.softCap = 30
    }
    return AllocationLog.largest {
      let loss = x.linear(layer).headCrossEntropy(
        output, targets: targets, weights: [Float](repeating: 1, count: tokens))
      Gradients().backward(from: loss)
    }
  }

  @Test func neitherFrozenGradientsNorAllLogitsExist() {
    let head = key.uniform([vocabulary, width], in: -1..<1)
    let square = key.uniform([width, width], in: -1..<1)
    let gradientBytes = vocabulary * width * 4
    let logitBytes = tokens * vocabulary * 4
    let frozen = step(Parameter(head), layer: Parameter(square))
    // One chunk of 8 tokens is the largest thing.
    #expect(frozen >= 8 * vocabulary * 4 && frozen < min(gradientBytes, logitBytes) / 2)
    let updated = step(Parameter(head), layer: Parameter(square), rank: 4)
    #expect(updated < min(gradientBytes, logitBytes) / 2)
    // The same step with a trainable head shows that the count sees what it should.
    let trained = step(.trainable(Trainable("head", head)), layer: Parameter(square))
    #expect(trained >= gradientBytes)
  }

  @Test func frozenLayersFormNoWeightGradient() {
    let weight = key.uniform([1_500, 400], in: -1..<1)
    func largest(_ parameter: Parameter) -> Int {
      let x = Trainable("x", key.uniform([9, 400], in: -1..<1))
      let update = LowRankUpdate(
        down: Variable(Trainable("a", key.uniform([4, 400], in: -1..<1))),
        up: Variable(Trainable("b", key.uniform([1_500, 4], in: -1..<1))), scale: 1)
      return AllocationLog.largest {
        let layer = DenseLayer(weight: parameter, update: update)
        Gradients().backward(from: Variable(x).linears([layer])[0].sum)
      }
    }
    #expect(largest(.frozen(weight)) < 1_500 * 400 * 4 / 3)
    #expect(largest(.trainable(Trainable("w", weight))) >= 1_500 * 400 * 4)
  }

  @Test func attentionHoldsNoSquareOfTheSegment() {
    let length = 1_500
    let x = (0..<3).map {
      Trainable("\($0)", key.at(layer: 0, site: $0).uniform([length, 8], in: -1..<1))
    }
    let gradients = Gradients()
    let largest = AllocationLog.largest {
      let y = attention(
        query: Variable(x[0]), key: Variable(x[1]), value: Variable(x[2]),
        segments: AttentionSegments(Segments(lengths: [length])),
        rules: AttentionRules(heads: 2, isCausal: true))
      gradients.backward(from: y.sum)
    }
    #expect(gradients[x[0]] != nil)
    #expect(largest > 0 && largest < length * length * 4 / 8)
  }
}
