// Rotations in blocks: orthogonality, the two forms, and gradients by differences.
import AdaptGradients
import AdaptTensors
import Testing

struct RotationTests {
  private static func skew(_ blocks: Int, _ b: Int, _ deviation: Float) -> Tensor {
    RandomKey(seed: 9).normal([blocks, b * (b - 1) / 2], deviation: deviation)
  }

  @Test(arguments: [2, 3, 8, 17])
  func exactRotationsAreOrthogonal(_ b: Int) {
    let r = Variable(Self.skew(3, b, 0.7)).rotations(block: b, .exact)
    for block in 0..<3 {
      let one = r.rows(block * b..<(block + 1) * b)
      let gram = one.multiplied(one, transposed: true).value.elements
      for i in 0..<b {
        for j in 0..<b { #expect(abs(gram[i * b + j] - (i == j ? 1 : 0)) < 1e-5) }
      }
    }
  }

  @Test func zeroTurnsNothing() {
    for form in [CayleyForm.exact, .series(terms: 5), .series(terms: 1)] {
      let zeros = Tensor([2, 6], [Float](repeating: 0, count: 12))
      let x = RandomKey(seed: 2).normal([3, 8], deviation: 1)
      let turned = Variable(x).blockRotated(by: Variable(zeros).rotations(block: 4, form))
      #expect(turned.value.elements == x.elements)
    }
  }

  /// For a small angle of one plane: the series turns the other way than the exact form.
  @Test func formsHaveOppositeSigns() {
    let q = Tensor([1, 1], [0.05])
    let exact = Variable(q).rotations(block: 2, .exact).value.elements
    let series = Variable(q).rotations(block: 2, .series(terms: 8)).value.elements
    #expect(difference(exact, [series[0], series[2], series[1], series[3]]) < 1e-6)
    #expect(exact[1] < 0 && series[1] > 0)
  }

  /// I + 2Q, then with 2Q² and the last power once: Q = [[0, t], [−t, 0]].
  @Test(arguments: [(1, 0), (2, 1), (3, 3), (4, 3), (5, 4), (7, 6)])
  func seriesHasItsTerms(_ terms: Int, _ last: Int) {
    let t = 0.5
    let r = Variable(Tensor([1, 1], [Float(t)])).rotations(block: 2, .series(terms: terms))
    // Powers of Q alternate: Q² = −t² I.
    var (diagonal, corner, power) = (1.0, 0.0, 1.0)
    for k in 1..<max(2, last + 1) where k <= last {
      power *= t
      let factor = k == last && last > 2 ? 1.0 : 2.0
      let sign = [1.0, 1, -1, -1][k % 4]
      if k % 2 == 0 { diagonal += factor * sign * power } else { corner += factor * sign * power }
    }
    let wanted = [diagonal, corner, -corner, diagonal].map { Float($0) }
    #expect(difference(r.value.elements, wanted) < 1e-6)
  }

  @Test(arguments: [CayleyForm.exact, .series(terms: 5), .series(terms: 2)])
  func gradientsEqualDifferences(_ form: CayleyForm) {
    for isShared in [false, true] {
      let b = 4
      let skew = Trainable("q", Self.skew(isShared ? 1 : 3, b, 0.3))
      let input = Trainable("x", RandomKey(seed: 4).normal([5, 12], deviation: 1))
      let weights = Variable(RandomKey(seed: 6).normal([5, 12], deviation: 1))
      func value() -> Variable {
        let turned = Variable(input).blockRotated(
          by: Variable(skew).rotations(block: b, form))
        return (turned * weights).sum
      }
      let gradients = Gradients()
      gradients.backward(from: value())
      for trainable in [skew, input] {
        let gradient = gradients[trainable]?.elements ?? []
        let start = trainable.value
        #expect(gradient.count == start.count)
        for place in stride(from: 0, to: gradient.count, by: 5) {
          let values = [Float(0.01), -0.01].map { step in
            var moved = start.elements
            moved[place] += step
            trainable.update(to: Tensor(start.shape, moved))
            return value().value.elements[0]
          }
          trainable.update(to: start)
          let slope = (values[0] - values[1]) / 0.02
          #expect(abs(slope - gradient[place]) < 2e-3 + 2e-3 * abs(slope))
        }
      }
    }
  }
}
