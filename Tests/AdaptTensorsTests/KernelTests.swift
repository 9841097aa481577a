// Every kernel against its naive twin in Double, on shapes that miss every vector width.
import AdaptTensors
import Foundation
import Testing

/// Repeatable numbers in −1 ..< 1 (a linear congruential generator; quality does not matter here).
struct TestNumbers {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 2_654_435_761 &+ 12_345 }

  mutating func next() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
  }

  mutating func tensor(_ shape: [Int], scale: Float = 1) -> Tensor {
    Tensor(shape, (0..<shape.reduce(1, *)).map { _ in next() * scale })
  }
}

/// Largest |a − b| / (1 + |b|); infinity for NaN on one side only.
func worst(_ a: [Float], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    if pair.0.isNaN, pair.1.isNaN { return worst }
    let difference = abs(Double(pair.0) - pair.1) / (1 + abs(pair.1))
    return difference.isNaN ? .infinity : max(worst, difference)
  }
}

struct KernelTests {
  static let widths = [0, 1, 2, 7, 15, 16, 17, 31, 33, 64, 100, 384]
  static let heights = [0, 1, 2, 3, 5, 33]
  /// A few units of the last place of f32, 6e-8, for kernels without long sums.
  static let close = 5e-7

  @Test func geluIsExactToSinglePrecision() {
    let x = stride(from: Float(-12), through: 12, by: 0.000_37).map { $0 }
    let result = Tensor([1, x.count], x).activated(.gelu)
    let errors = zip(x, result).map { x, y in
      let wanted = 0.5 * Double(x) * erfc(-Double(x) / 2.0.squareRoot())
      return abs(Double(y) - wanted) / max(1, abs(wanted))
    }
    // One unit of the last place is 1.2e-7 of the value.
    #expect((errors.max() ?? .infinity) <= 1.2e-7)
  }

  @Test func geluOfTheExtremes() {
    let x: [Float] = [-.infinity, .infinity, .nan, 0, -1e38, 1e38, -6, .leastNonzeroMagnitude]
    let y = Tensor([1, x.count], x).activated(.gelu)
    #expect(y[0] == 0 && y[1] == .infinity && y[2].isNaN && y[3] == 0 && y[4] == 0)
    #expect(y[5] == 1e38 && abs(y[6] + 5.92e-9) < 1e-10 && y[7] >= 0)
  }

  @Test(arguments: widths)
  func denseLayersMatch(depth: Int) {
    for (N, M) in [(0, 3), (1, 1), (2, 17), (5, 64), (33, 130), (70, 257)] {
      for activation in Activation.allCases {
        var numbers = TestNumbers(depth * 1_000 + N)
        let (x, w, b) = (
          numbers.tensor([N, depth]), numbers.tensor([M, depth]), numbers.tensor([M], scale: 2)
        )
        let y = x.linear(DenseWeights(weight: w, bias: b), activation: activation)
        #expect(y.shape == [N, M])
        // A sum of that many products of numbers below 1 loses at most about as many units of 6e-8.
        let bound = 1e-6 + Double(depth) * 6e-8
        #expect(worst(y.elements, naiveDense(x, w, b, activation)) < bound, "\(N) \(M) \(depth)")
      }
    }
  }

  @Test(arguments: widths.filter { $0 > 0 })
  func softmaxMatches(columns: Int) {
    for rows in Self.heights {
      var numbers = TestNumbers(columns + rows)
      let x = numbers.tensor([rows, columns], scale: 40)
      let naive = (0..<rows).flatMap { row in
        let values = x.elements[row * columns..<(row + 1) * columns].map(Double.init)
        let top = values.max() ?? 0
        let sum = values.reduce(0) { $0 + exp($1 - top) }
        return values.map { exp($0 - top) / sum }
      }
      #expect(worst(x.softmaxRows().elements, naive) < Self.close)
    }
  }

  @Test func softmaxOfInfinitiesAndNaN() {
    let x = Tensor([2, 3], [-.infinity, 0, -.infinity, 1, .nan, 2])
    let y = x.softmaxRows().elements
    #expect(Array(y[0..<3]) == [0, 1, 0])
    #expect(y[3...].allSatisfy { $0.isNaN })
  }

  @Test(arguments: widths.filter { $0 > 0 })
  func layerNormMatches(width: Int) {
    for N in Self.heights {
      var numbers = TestNumbers(width * 7 + N)
      let x = numbers.tensor([N, width])
      let (bias, gain, shift) = (
        numbers.tensor([width]), numbers.tensor([width]), numbers.tensor([width])
      )
      let residual = numbers.tensor([N, width], scale: 3)
      let y = x.layerNormalised(
        bias: bias, residual: residual, gain: gain, shift: shift, epsilon: 1e-12)
      let naive = naiveNorm(x, bias, residual, gain, shift)
      // One and two columns have a variance near zero, which magnifies rounding.
      #expect(worst(y.elements, naive) < (width < 3 ? 1e-2 : 2e-5), "\(N) × \(width)")
    }
  }

  @Test func layerNormKeepsDigitsBesideALargeMean() {
    let x = Tensor([1, 4], [10_000, 10_001, 10_002, 10_003])
    let one = Tensor([4], [1, 1, 1, 1])
    let y = x.layerNormalised(gain: one, shift: Tensor([4], [0, 0, 0, 0]), epsilon: 0)
    #expect(worst(y.elements, [-1.341_640_8, -0.447_213_6, 0.447_213_6, 1.341_640_8]) < 1e-6)
  }

  @Test(arguments: widths)
  func scoresMatch(columns: Int) {
    for rows in [0, 1, 3, 64, 3_000] {
      var numbers = TestNumbers(rows + columns)
      let matrix = numbers.tensor([rows, columns])
      let query = (0..<columns).map { _ in numbers.next() }
      let naive = (0..<rows).map { row in
        (0..<columns).reduce(0.0) {
          $0 + Double(matrix.elements(row * columns + $1)) * Double(query[$1])
        }
      }
      let result = scores(matrix: matrix, query: query)
      #expect(worst(result, naive) < 1e-6 + Double(columns) * 6e-8)
    }
  }

  @Test func meansOfSegmentsMatch() {
    var numbers = TestNumbers(3)
    let x = numbers.tensor([6, 5])
    let y = x.segmentMeans(offsets: [0, 1, 1, 6]).elements.map(Double.init)
    for j in 0..<5 {
      #expect(y[j] == Double(x.elements(j)))
      #expect(y[5 + j] == 0)
      let mean = (1..<6).reduce(0.0) { $0 + Double(x.elements($1 * 5 + j)) } / 5
      #expect(abs(y[10 + j] - mean) < 1e-6)
    }
  }

  @Test func unitRowsHaveLengthOneAndZerosStay() {
    let y = Tensor([2, 3], [3, 0, 4, 0, 0, 0]).normalisedRows().elements
    #expect(y == [0.6, 0, 0.8, 0, 0, 0])
  }

  private func naiveDense(
    _ x: Tensor, _ w: Tensor, _ b: Tensor, _ activation: Activation
  ) -> [Double] {
    let (xs, ws, bs) = (x.elements, w.elements, b.elements)
    let (K, M) = (x.columns, w.rows)
    return (0..<x.rows * M).map { index in
      let (i, j) = (index / M, index % M)
      let sum = (0..<K).reduce(Double(bs[j])) {
        $0 + Double(xs[i * K + $1]) * Double(ws[j * K + $1])
      }
      switch activation {
      case .none: return sum
      case .relu: return max(sum, 0)
      case .gelu: return 0.5 * sum * erfc(-sum / 2.0.squareRoot())
      }
    }
  }

  private func naiveNorm(
    _ x: Tensor, _ bias: Tensor, _ residual: Tensor, _ gain: Tensor, _ shift: Tensor
  ) -> [Double] {
    let width = x.columns
    return (0..<x.rows).flatMap { row -> [Double] in
      let v = (0..<width).map { j in
        Double(x.elements(row * width + j)) + Double(bias.elements(j))
          + Double(residual.elements(row * width + j))
      }
      let mean = v.reduce(0, +) / Double(width)
      let variance = v.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      return (0..<width).map { j in
        (v[j] - mean) / (variance + 1e-12).squareRoot() * Double(gain.elements(j))
          + Double(shift.elements(j))
      }
    }
  }
}

extension Tensor {
  /// One element, row-major.
  func elements(_ index: Int) -> Float { withElements { $0[index] } }

  /// The activation alone: a product with the identity is exact.
  func activated(_ activation: Activation) -> [Float] {
    let one = Tensor([1, 1], [1])
    return Tensor([count, 1], elements)
      .linear(DenseWeights(weight: one), activation: activation).elements
  }
}
