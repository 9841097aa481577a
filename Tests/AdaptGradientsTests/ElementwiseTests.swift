// Activations, sums, products and shapes against their twins.
import AdaptGradients
import AdaptTensors
import Foundation
import Testing

extension Scalar {
  fileprivate var logistic: Self { Self(1) / (Self(1) + (Self(0) - self).exponential) }
}

private struct MapTwin: Twin {
  let function: Nonlinearity

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] { inputs[0].map { value($0) } }

  private func value<S: Scalar>(_ x: S) -> S {
    switch function {
    case .gelu: return S(0.5) * x * (S(1) + (x * S(0.5.squareRoot())).errorFunction)
    case .geluTanh:
      let inner = S((2 / Double.pi).squareRoot()) * (x + S(0.044715) * x * x * x)
      return S(0.5) * x * (S(1) + inner.hyperbolicTangent)
    case .relu: return x.number > 0 ? x : S(0) * x
    case .silu: return x * x.logistic
    case .tanh: return x.hyperbolicTangent
    case .sigmoid: return x.logistic
    }
  }
}

private struct SwiGLUTwin: Twin {
  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    zip(inputs[0], inputs[1]).map { $0 * $0.logistic * $1 }
  }
}

private struct SpreadTwin: Twin {
  let columns: Int
  let size: Int
  let isProduct: Bool

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    inputs[0].indices.map { i in
      let isSame = size == inputs[0].count
      let place = isSame ? i : size == 1 ? 0 : size == columns ? i % columns : i / columns
      let (x, y) = (inputs[0][i], inputs[1][place])
      return isProduct ? x * y : x + y
    }
  }
}

private struct MixTwin: Twin {
  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let difference = zip(inputs[0], inputs[1]).map { $0 - S(2.5) * $1 }
    return [difference.total + difference.total / S(Double(difference.count))]
  }
}

/// Columns 1..<3 of x beside y, below them the same again with the rows of both swapped.
private struct PartsTwin: Twin {
  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let (x, y) = (inputs[0], inputs[1])
    let top = [x[1], x[2], y[0], x[5], x[6], y[1]]
    return top + [x[5], x[6], y[1], x[1], x[2], y[0]]
  }
}

struct ElementwiseTests {
  @Test(arguments: Nonlinearity.allCases)
  func activationsMatch(function: Nonlinearity) {
    for shape in [[0], [1], [3, 5], [16], [33], [7, 31]] {
      expectTwin(
        function.rawValue, [shape], TwinSettings(scale: 6, bound: 2e-6),
        twin: MapTwin(function: function)
      ) { $0[0].activated(function) }
    }
  }

  @Test(arguments: Nonlinearity.allCases)
  func activationsStandExtremes(function: Nonlinearity) {
    let x = Trainable("x", Tensor([8], [-1e30, -200, -40, -9, 9, 40, 200, 1e30]))
    let y = Variable(x).activated(function)
    let gradients = Gradients()
    gradients.backward(from: y.sum)
    #expect(y.value.elements.allSatisfy { $0.isFinite })
    #expect((gradients[x]?.elements ?? [.nan]).allSatisfy { $0.isFinite && abs($0) < 1.2 })
  }

  @Test func swiGLUMatches() {
    for shape in [[0, 3], [1, 1], [3, 17], [2, 64]] {
      expectTwin("swiglu", [shape, shape], TwinSettings(scale: 4, bound: 2e-6), twin: SwiGLUTwin())
      {
        swiGLU(gate: $0[0], up: $0[1])
      }
    }
  }

  @Test func swiGLUWithOneFrozenSide() {
    let key = RandomKey(seed: 5)
    let (g, u) = (key.uniform([2, 5], in: -1..<1), key.uniform([2, 5], in: -2..<2))
    for isGate in [true, false] {
      let trainable = Trainable("t", isGate ? g : u)
      let both = [Trainable("g", g), Trainable("u", u)]
      let (one, two) = (Gradients(), Gradients())
      let single = swiGLU(
        gate: isGate ? Variable(trainable) : Variable(g),
        up: isGate ? Variable(u) : Variable(trainable))
      one.backward(from: single.sum)
      two.backward(from: swiGLU(gate: Variable(both[0]), up: Variable(both[1])).sum)
      #expect(one[trainable]?.elements == two[both[isGate ? 0 : 1]]?.elements)
    }
  }

  @Test(arguments: [true, false])
  func spreadOperandsMatch(isProduct: Bool) {
    for (N, D) in [(1, 3), (3, 5), (7, 17), (2, 64)] {
      for small in [[N, D], [D], [N, 1], []] {
        let twin = SpreadTwin(
          columns: D, size: small.reduce(1, *), isProduct: isProduct)
        // Where N equals D or 1 the naive form could not tell a column from a row.
        guard N != D, !(N == 1 && small == [N, 1]) else { continue }
        expectTwin("spread", [[N, D], small], twin: twin) {
          isProduct ? $0[0] * $0[1] : $0[0] + $0[1]
        }
      }
    }
  }

  @Test func sumsMeansAndScalesMatch() {
    for shape in [[1], [3, 5], [2, 3, 7]] {
      expectTwin("mix", [shape, shape], twin: MixTwin()) {
        let difference = $0[0] - $0[1].scaled(by: 2.5)
        return difference.sum + difference.mean
      }
    }
  }

  @Test func partsAndJoinsMatch() {
    expectTwin("parts", [[2, 4], [2, 1]], twin: PartsTwin()) {
      let joined = joiningColumns([$0[0].columns(1..<3), $0[1]])
      return stackingRows([joined, joined.rows(1..<2), joined.rows(0..<1)]).reshaped([12])
    }
  }

  /// A part that nothing uses has no gradient.
  @Test func splitsMatch() {
    expectTwin("splits", [[2, 4], [2, 1]], twin: PartsTwin()) {
      let parts = $0[0].splittingColumns([1, 2, 1, 0])
      let joined = joiningColumns([parts[1], $0[1]])
      return stackingRows([joined, joined.rows(1..<2), joined.rows(0..<1)]).reshaped([12])
    }
  }

  @Test func splitPartsReceiveTheirOwnGradients() {
    let x = Trainable("x", Tensor([2, 3], [1, 2, 3, 4, 5, 6]))
    let gradients = Gradients()
    let parts = Variable(x).splittingColumns([2, 1])
    #expect(parts.map(\.value.elements) == [[1, 2, 4, 5], [3, 6]])
    gradients.backward(from: parts[0].sum + parts[1].scaled(by: 3).sum)
    #expect(gradients[x]?.elements == [1, 1, 3, 1, 1, 3])
  }

  @Test func anythingTimesItselfReceivesBothGradients() {
    let x = Trainable("x", Tensor([3], [1, -2, 3]))
    let gradients = Gradients()
    let v = Variable(x)
    gradients.backward(from: (v * v).sum)
    #expect(gradients[x]?.elements == [2, -4, 6])
  }
}
