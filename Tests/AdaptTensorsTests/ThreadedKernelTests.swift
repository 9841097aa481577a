// The tensor operations above the kernels: cut among threads they give what one thread gives, bit by bit.
import AdaptTensors
import Foundation
import Testing

struct ThreadedKernelTests {
  static let one = ThreadPool(threads: 1)
  static let three = ThreadPool(threads: 3)
  /// Small, of several blocks, and of rows longer than a block.
  static let shapes = [[0, 5], [1, 1], [7, 33], [300, 130], [3, 20_000]]

  @Test(arguments: shapes)
  func threadsChangeNothing(shape: [Int]) {
    var numbers = TestNumbers(shape[0] + shape[1])
    let (x, y, dy) = (numbers.tensor(shape), numbers.tensor(shape), numbers.tensor(shape))
    let gain = numbers.tensor([shape[1]])
    func results(_ pool: ThreadPool) -> [Tensor] {
      let norm = x.rmsNormalised(gain: gain, epsilon: 1e-6, pool: pool)
      let gradients = x.rmsNormGradients(
        inverse: norm.inverse, gain: gain, dy: dy, wantsGain: true, pool: pool)
      let glu = x.swiGLUGradients(up: y, dy: dy, pool: pool)
      return Nonlinearity.allCases.flatMap {
        [x.applying($0, pool: pool), x.gradient(of: $0, dy: dy, pool: pool)]
      } + [
        norm.output, norm.inverse, gradients.input, gradients.gain ?? x,
        x.swiGLU(up: y, pool: pool), glu.gate, glu.up, x.columnSums(pool: pool),
        x.adding(y, scale: -2, pool: pool), x.softmaxGradient(dp: dy, pool: pool),
        Tensor([], [Float(x.sumOfSquares(pool: pool))]),
      ]
    }
    for (a, b) in zip(results(Self.one), results(Self.three)) {
      #expect(a.shape == b.shape && a.elements == b.elements)
    }
  }

  @Test func normGradientOfTheGainMatches() {
    var numbers = TestNumbers(1)
    let (x, dy, gain) = (
      numbers.tensor([700, 40]), numbers.tensor([700, 40]), numbers.tensor([40])
    )
    let norm = x.rmsNormalised(gain: gain, epsilon: 1e-6)
    let dgain = x.rmsNormGradients(inverse: norm.inverse, gain: gain, dy: dy, wantsGain: true).gain
    let (a, d, inverse) = (x.elements, dy.elements, norm.inverse.elements)
    let naive = (0..<40).map { j in
      (0..<700).reduce(0.0) {
        $0 + Double(d[$1 * 40 + j]) * Double(a[$1 * 40 + j]) * Double(inverse[$1])
      }
    }
    #expect(worst(dgain?.elements ?? [], naive) < 1e-5)
    let without = x.rmsNormGradients(inverse: norm.inverse, gain: gain, dy: dy, wantsGain: false)
    #expect(without.gain == nil)
  }

  @Test func sumsMatch() {
    var numbers = TestNumbers(2)
    let x = numbers.tensor([500, 170])
    let values = x.elements
    let sums = (0..<170).map { j in (0..<500).reduce(0.0) { $0 + Double(values[$1 * 170 + j]) } }
    #expect(worst(x.columnSums().elements, sums) < 1e-5)
    let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(x.sumOfSquares() - squares) < 1e-6 * squares)
  }

  /// A turn is undone by the turn back, keeps lengths, and depends only on the distance of two positions.
  @Test func rotationsAreRotations() {
    let table = RotaryTable(frequencies: [1, 0.1, 0.01], positions: 50)
    var numbers = TestNumbers(5)
    let x = numbers.tensor([4, 16])  // two heads of width 8, six of them turning
    func turned(_ positions: [Int]) -> Tensor {
      x.rotated(by: table, positions: positions, heads: 2)
    }
    let y = turned([0, 3, 7, 49])
    #expect(Array(y.elements[0..<16]) == Array(x.elements[0..<16]))
    let back = y.rotated(by: table, positions: [0, 3, 7, 49], heads: 2, isBackward: true)
    #expect(worst(back.elements, x.elements.map(Double.init)) < 1e-6)
    #expect(abs(y.sumOfSquares() - x.sumOfSquares()) < 1e-5)
    func product(_ t: Tensor) -> Double {
      (0..<16).reduce(0.0) { $0 + Double(t.elements[16 + $1]) * Double(t.elements[32 + $1]) }
    }
    #expect(abs(product(turned([0, 3, 7, 0])) - product(turned([0, 13, 17, 0]))) < 1e-5)
    // Component 0 turns with component 3 by one radian a position.
    let (a, b) = (x.elements[16], x.elements[19])
    #expect(abs(y.elements[16] - (a * cos(Float(3)) - b * sin(Float(3)))) < 1e-6)
  }
}
