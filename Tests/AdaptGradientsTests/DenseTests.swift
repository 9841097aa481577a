// Dense layers, low-rank updates and products against their twins.
import AdaptGradients
import AdaptTensors
import Testing

/// `x Wᵀ + b + s (x Aᵀ) Bᵀ` for layers side by side; inputs x, then W, b, A, B of each.
private struct LayersTwin: Twin {
  let (N, K): (Int, Int)
  let outputs: [Int]
  let ranks: [Int]
  let scale: Double

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let x = inputs[0]
    let results = outputs.indices.map { l in
      let p = Array(inputs[(1 + 4 * l)..<(5 + 4 * l)])
      let y = x.times(p[0], N, K, outputs[l], transposed: true)
      let u = x.times(p[2], N, K, ranks[l], transposed: true)
      let d = u.times(p[3], N, ranks[l], outputs[l], transposed: true)
      return y.indices.map { y[$0] + p[1][$0 % outputs[l]] + S(scale) * d[$0] }
    }
    return (0..<N).flatMap { i in
      outputs.indices.flatMap { l in results[l][(i * outputs[l])..<((i + 1) * outputs[l])] }
    }
  }
}

private struct ProductTwin: Twin {
  let (n, k, m): (Int, Int, Int)
  let left: Bool
  let right: Bool

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    inputs[0].times(inputs[1], n, k, m, transposed: right, selfTransposed: left)
  }
}

private struct LowRankTwin: Twin {
  let (n, k, r, m): (Int, Int, Int, Int)

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    inputs[0].times(inputs[1], n, k, r, transposed: true)
      .times(inputs[2], n, r, m, transposed: true).map { S(0.5) * $0 }
  }
}

struct DenseTests {
  @Test(arguments: [(1, 1), (5, 7), (17, 33), (3, 64), (0, 4)])
  func layersMatch(rows: Int, depth: Int) {
    let (N, K, outputs, ranks) = (rows, depth, [3, 17, 1], [2, 0, 5])
    let shapes =
      [[N, K]]
      + outputs.indices.flatMap {
        [[outputs[$0], K], [outputs[$0]], [ranks[$0], K], [outputs[$0], ranks[$0]]]
      }
    let twin = LayersTwin(N: N, K: K, outputs: outputs, ranks: ranks, scale: 0.75)
    expectTwin("layers", shapes, twin: twin) { v in
      joiningColumns(trainableLayers(v, count: 3))
    }
  }

  /// Trainable weights are `Trainable`s; here they are inputs of the graph, so a product stands for each.
  private func trainableLayers(_ v: [Variable], count: Int) -> [Variable] {
    (0..<count).map { l in
      let p = Array(v[(1 + 4 * l)..<(5 + 4 * l)])
      let update = LowRankUpdate(down: p[2], up: p[3], scale: 0.75)
      return v[0].multiplied(p[0], transposed: true) + p[1] + v[0].lowRank(update)
    }
  }

  @Test(arguments: [(1, 1), (5, 7), (17, 33), (70, 64), (0, 4)])
  func groupsEqualTheirParts(rows: Int, depth: Int) {
    let (N, K, key) = (rows, depth, RandomKey(seed: 3))
    let x = Trainable("x", key.uniform([N, K], in: -1..<1))
    let trainables = (0..<8).map { index in
      let l = UInt16(index / 4)
      let shape = [[9, K], [9], [2, K], [9, 2]][index % 4]
      return Trainable(
        "p\(index)", key.at(layer: l, site: UInt16(index)).uniform(shape, in: -1..<1))
    }
    func run(_ forward: (Variable, [Trainable]) -> [Variable]) -> [[Float]] {
      let gradients = Gradients()
      let y = joiningColumns(forward(Variable(x), trainables))
      gradients.backward(from: y, gradient: key.at(layer: 9, site: 0).uniform(y.shape, in: -1..<1))
      return [y.value.elements] + ([x] + trainables).map { gradients[$0]?.elements ?? [] }
    }
    let grouped = run { x, p in
      x.linears(
        [0, 4].map { l in
          DenseLayer(
            weight: .trainable(p[l]), bias: .trainable(p[l + 1]),
            update: LowRankUpdate(down: Variable(p[l + 2]), up: Variable(p[l + 3]), scale: 0.75))
        })
    }
    let parts = run { x, p in
      [0, 4].map { l in
        let update = LowRankUpdate(down: Variable(p[l + 2]), up: Variable(p[l + 3]), scale: 0.75)
        return x.multiplied(Variable(p[l]), transposed: true) + Variable(p[l + 1])
          + x.lowRank(update)
      }
    }
    for (a, b) in zip(grouped, parts) { #expect(relative(a, b.map(Double.init)) < 2e-6) }
  }

  @Test func frozenWeightsPassGradientsOn() {
    let key = RandomKey(seed: 4)
    let (w, b) = (key.uniform([5, 3], in: -1..<1), key.uniform([5], in: -1..<1))
    let x = Trainable("x", key.uniform([4, 3], in: -1..<1))
    let gradients = Gradients()
    let y = Variable(x).linear(Parameter(w), bias: Parameter(b))
    gradients.backward(from: y.sum)
    let sums = (0..<3).map { k in (0..<5).reduce(0.0) { $0 + Double(w.elements[$1 * 3 + k]) } }
    #expect(relative(gradients[x]?.elements ?? [], (0..<12).map { sums[$0 % 3] }) < 1e-6)
    #expect(gradients.trainables.map(\.name) == ["x"])
  }

  @Test(arguments: [WeightFormat.bfloat16, .float16, .int8, .nf4, .nf4Doubled], [3, 40])
  func restingWeightsEqualTheirExpansion(format: WeightFormat, rows: Int) throws {
    let key = RandomKey(seed: 5)
    let resting = try WeightStorage(key.uniform([70, 64], in: -1..<1), as: format)
    let input = key.at(layer: 1, site: 0).uniform([rows, 64], in: -1..<1)
    let targets = (0..<rows).map { Int32($0) }
    func run(_ weight: Parameter) -> [[Float]] {
      let x = Trainable("x", input)
      let gradients = Gradients()
      let y = Variable(x).linears([DenseLayer(weight: weight), DenseLayer(weight: weight)])
      let loss = (y[0] * y[1]).columns(0..<64).headCrossEntropy(
        OutputHead(weight: weight), targets: targets, weights: .init(repeating: 1, count: rows))
      gradients.backward(from: loss)
      let found = embedding([69, 0, 7], weight).value.elements
      return [loss.value.elements, gradients[x]?.elements ?? [], found]
    }
    let (got, wanted) = (run(.frozen(resting)), run(Parameter(resting.widened())))
    #expect(got[2] == wanted[2])
    for (a, b) in zip(got, wanted) { #expect(relative(a, b.map(Double.init)) < 1e-5) }
  }

  @Test(arguments: [(1, 1, 1, 1), (4, 9, 3, 17), (33, 5, 2, 6), (0, 3, 1, 2)])
  func lowRankMatches(n: Int, k: Int, r: Int, m: Int) {
    let twin = LowRankTwin(n: n, k: k, r: r, m: m)
    expectTwin("low rank", [[n, k], [r, k], [m, r]], twin: twin) {
      $0[0].lowRank(LowRankUpdate(down: $0[1], up: $0[2], scale: 0.5))
    }
  }

  @Test(arguments: [false, true], [false, true])
  func productsMatch(left: Bool, right: Bool) {
    for (n, k, m) in [(1, 1, 1), (3, 7, 5), (17, 2, 33), (4, 0, 3), (0, 2, 2)] {
      let twin = ProductTwin(n: n, k: k, m: m, left: left, right: right)
      let shapes = [left ? [k, n] : [n, k], right ? [m, k] : [k, m]]
      expectTwin("product", shapes, twin: twin) {
        $0[0].multiplied($0[1], transposed: right, selfTransposed: left)
      }
    }
  }
}
