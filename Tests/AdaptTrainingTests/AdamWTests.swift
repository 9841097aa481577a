import AdaptGradients
import AdaptTensors
import AdaptTraining
import Testing

struct AdamWTests {
  /// Three steps by hand, in Double, of one number that is pulled to zero: the gradient of w²/2 is w.
  @Test func followsItsDefinition() {
    let trainable = Trainable("w", Tensor([1], [2]))
    let optimiser = AdamW(.init(beta1: 0.9, beta2: 0.99, epsilon: 1e-6, decay: 0.1))
    var (w, m, v) = (2.0, 0.0, 0.0)
    for step in 1...3 {
      let gradients = Gradients()
      let x = Variable(trainable)
      gradients.backward(from: (x * x).scaled(by: 0.5).sum)
      optimiser.step([trainable], gradients) { _ in 0.05 }
      (m, v) = (0.9 * m + 0.1 * w, 0.99 * v + 0.01 * w * w)
      let corrections = (1 - power(0.9, step), 1 - power(0.99, step))
      w =
        w * (1 - 0.05 * 0.1)
        - 0.05 * (m / corrections.0) / ((v / corrections.1).squareRoot() + 1e-6)
      // A few roundings of numbers near 2.
      #expect(abs(Double(trainable.value.elements[0]) - w) < 1e-6)
    }
  }

  @Test func whatHasNoGradientStays() {
    let (moved, still) = (Trainable("a", Tensor([2], [1, 2])), Trainable("b", Tensor([1], [3])))
    let optimiser = AdamW(.init(beta1: 0.9, beta2: 0.99, epsilon: 1e-6, decay: 0.1))
    let first = step(moved, optimiser, [moved, still])
    #expect(still.value.elements == [3])
    #expect(first != [1, 2])
    // Its own first step comes when it first has a gradient: as if it were alone.
    _ = step(still, optimiser, [moved, still])
    let alone = Trainable("c", Tensor([1], [3]))
    _ = step(alone, AdamW(optimiser.settings), [alone])
    #expect(still.value.elements == alone.value.elements)
    #expect(moved.value.elements == first)
  }

  @Test func eachHasItsRate() {
    let (fast, slow) = (Trainable("a", Tensor([1], [1])), Trainable("b", Tensor([1], [1])))
    let gradients = Gradients()
    gradients.backward(from: (Variable(fast) + Variable(slow)).sum)
    AdamW().step([fast, slow], gradients) { $0.name == "a" ? 0.2 : 0.1 }
    // The first step of Adam is its rate.
    #expect(abs(fast.value.elements[0] - 0.8) < 1e-6)
    #expect(abs(slow.value.elements[0] - 0.9) < 1e-6)
  }

  private func step(
    _ target: Trainable, _ optimiser: AdamW, _ all: [Trainable]
  ) -> [Float] {
    let gradients = Gradients()
    gradients.backward(from: Variable(target).sum)
    optimiser.step(all, gradients) { _ in 0.1 }
    return target.value.elements
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
