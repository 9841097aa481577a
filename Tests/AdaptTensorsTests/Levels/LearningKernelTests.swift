// Kernels of decoders and of training on every instruction set, against their definitions in Double; slopes
// also against central differences of those definitions.
import AdaptTensors
import CKernels
import Foundation
import Testing

struct LearningKernelTests {
  /// A few units of the last place of f32, 6e-8, through an exponential and a division.
  static let close = 1e-6

  struct Gate: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let value: @Sendable (Double) -> Double
    let forward: @Sendable (adapt_table, [Float], UnsafeMutablePointer<Float>) -> Void
    let backward: @Sendable (adapt_table, [Float], [Float], UnsafeMutablePointer<Float>) -> Void
  }

  static let gates = [
    Gate(
      testDescription: "silu", value: { $0 / (1 + exp(-$0)) },
      forward: { $0.adapt_silu($1, $1.count, $2) },
      backward: { $0.adapt_silu_backward($1, $2, $1.count, $3) }),
    Gate(
      testDescription: "gelu", value: { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) },
      forward: { $0.adapt_gelu($1, $1.count, $2) },
      backward: { $0.adapt_gelu_backward($1, $2, $1.count, $3) }),
    Gate(
      testDescription: "gelu tanh",
      value: {
        0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
      },
      forward: { $0.adapt_gelu_tanh($1, $1.count, $2) },
      backward: { $0.adapt_gelu_tanh_backward($1, $2, $1.count, $3) }),
  ]

  @Test(arguments: KernelLevel.all, gates)
  func gatesAndSlopesMatch(level: KernelLevel, gate: Gate) throws {
    let wide = stride(from: Float(-20), through: 20, by: 0.037).map { $0 }
    let edges: [Float] = [
      0, -0.0, 1e-30, -1e-30, 1e-5, -1e-5, 9.999, 10.001, -10, 60, -60, 1e4, -1e4,
    ]
    for x in [wide + edges] + oddCounts.map({ Array(wide.prefix($0)) }) {
      let y = try #require(
        filled(x.count, Float(0), guarding: 7) { gate.forward(level.kernels, x, $0) })
      #expect(worst(y, x.map { gate.value(Double($0)) }) < Self.close)
      let dy = x.indices.map { Float($0 % 5) - 1.7 }
      let dx = try #require(
        filled(x.count, Float(0), guarding: 7) { gate.backward(level.kernels, x, dy, $0) })
      let slopes = zip(x, dy).map { x, dy in
        let step = 1e-5 * max(1, abs(Double(x)))
        let (high, low) = (gate.value(Double(x) + step), gate.value(Double(x) - step))
        return Double(dy) * (high - low) / (2 * step)
      }
      #expect(worst(dx, slopes) < 3e-6)
    }
    let infinite = try #require(
      filled(2, Float(0), guarding: 7) { gate.forward(level.kernels, [.infinity, .nan], $0) })
    #expect(infinite[0] == .infinity && infinite[1].isNaN)
  }

  @Test(arguments: KernelLevel.all)
  func swiGLUMatches(level: KernelLevel) throws {
    for count in oddCounts {
      var numbers = TestNumbers(count)
      let (g, u, d) = (
        (0..<count).map { _ in numbers.next() * 9 }, (0..<count).map { _ in numbers.next() },
        (0..<count).map { _ in numbers.next() }
      )
      let y = try #require(
        filled(count, Float(0), guarding: 7) { level.kernels.adapt_swiglu(g, u, count, $0) })
      func silu(_ x: Float) -> Double { Double(x) / (1 + exp(-Double(x))) }
      #expect(worst(y, zip(g, u).map { silu($0) * Double($1) }) < Self.close)
      var dup = [Float](repeating: 0, count: count + 1)
      let dgate = try #require(
        filled(count, Float(0), guarding: 7) {
          level.kernels.adapt_swiglu_backward(g, u, d, count, $0, &dup)
        })
      #expect(worst(Array(dup.prefix(count)), zip(g, d).map { silu($0) * Double($1) }) < Self.close)
      let wanted = (0..<count).map { i in
        let s = 1 / (1 + exp(-Double(g[i])))
        return Double(d[i]) * Double(u[i]) * s * (1 + Double(g[i]) * (1 - s))
      }
      #expect(worst(dgate, wanted) < Self.close)
    }
  }

  @Test(arguments: KernelLevel.all)
  func rmsNormMatches(level: KernelLevel) throws {
    for (N, D) in [(0, 4), (1, 1), (3, 7), (2, 16), (5, 33), (2, 130)] {
      var numbers = TestNumbers(N * D)
      let x = (0..<N * D).map { _ in numbers.next() * 3 }
      let gain = (0..<D).map { _ in numbers.next() + 1 }
      let dy = (0..<N * D).map { _ in numbers.next() }
      var inverse = [Float](repeating: 0, count: N + 1)
      let y = try #require(
        filled(N * D, Float(0), guarding: 7) {
          level.kernels.adapt_rms_norm(x, N, D, gain, 1e-5, $0, &inverse)
        })
      #expect(worst(y, Self.rmsNorm(x, gain, D)) < Self.close)
      var dgain = [Float](repeating: 0.5, count: D)
      let dx = try #require(
        filled(N * D, Float(0), guarding: 7) {
          level.kernels.adapt_rms_norm_backward(x, inverse, gain, dy, N, D, $0, &dgain)
        })
      // The derivative of sum(dy · y) by central differences of the definition.
      let slopes = (0..<N * D).map { i in
        let row = i / D * D..<i / D * D + D
        func loss(_ step: Double) -> Double {
          var values = x[row].map(Double.init)
          values[i - row.lowerBound] += step
          return zip(Self.rmsNorm(values, gain, D), dy[row]).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        return (loss(1e-5) - loss(-1e-5)) / 2e-5
      }
      #expect(worst(dx, slopes) < 3e-6, "\(N) × \(D)")
      let gains = (0..<D).map { j in
        (0..<N).reduce(0.5) {
          $0 + Double(dy[$1 * D + j]) * Double(x[$1 * D + j]) * Double(inverse[$1])
        }
      }
      #expect(worst(dgain, gains) < Self.close)
    }
  }

  @Test(arguments: KernelLevel.all)
  func softmaxGradientAndReductionsMatch(level: KernelLevel) throws {
    for (N, D) in [(0, 3), (1, 1), (2, 7), (3, 16), (4, 65), (2, 5_000)] {
      var numbers = TestNumbers(N * D + 2)
      let p = (0..<N * D).map { _ in abs(numbers.next()) / Float(D) }
      let dp = (0..<N * D).map { _ in numbers.next() }
      let ds = try #require(
        filled(N * D, Float(0), guarding: 7) {
          level.kernels.adapt_softmax_backward(p, dp, N, D, D, $0)
        })
      let dots = (0..<N).map { i in
        (i * D..<i * D + D).reduce(0.0) { $0 + Double(p[$1]) * Double(dp[$1]) }
      }
      let wanted = (0..<N * D).map { Double(p[$0]) * (Double(dp[$0]) - dots[$0 / D]) }
      #expect(worst(ds, wanted) < Self.close)
      let sums = try #require(
        filled(D, Float(1), guarding: 7) {
          level.kernels.adapt_add_column_sums(dp, N, D, D, $0)
        })
      #expect(
        worst(sums, (0..<D).map { j in (0..<N).reduce(1.0) { $0 + Double(dp[$1 * D + j]) } })
          < Self.close)
      let squares = level.kernels.adapt_sum_squares(dp, N * D)
      let exact = dp.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(squares - exact) <= 1e-6 * exact)
      var y = p
      level.kernels.adapt_add_scaled(&y, dp, -0.25, N * D)
      #expect(worst(y, zip(p, dp).map { Double($0) - 0.25 * Double($1) }) < Self.close)
    }
  }

  @Test(arguments: KernelLevel.all)
  func rotaryMatches(level: KernelLevel) throws {
    for (N, heads, width, rotated) in [(0, 1, 4, 4), (1, 1, 2, 2), (3, 2, 10, 6), (4, 3, 64, 64)] {
      var numbers = TestNumbers(N + width)
      let (D, half) = (heads * width, rotated / 2)
      let x = (0..<N * D).map { _ in numbers.next() }
      let angles = (0..<9 * half).map { _ in Double(numbers.next()) * 3 }
      let positions = (0..<N).map { ($0 * 4 + 3) % 9 }
      let (c, s) = (angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
      let y = try #require(
        filled(N * D, Float(0), guarding: 7) { y in
          y.update(from: x, count: N * D)
          level.kernels.adapt_rotary(y, N, D, heads, width, rotated, c, s, positions, 1)
        })
      let naive = (0..<N * D).map { i -> Double in
        let (row, j) = (i / D, i % width)
        guard j < rotated else { return Double(x[i]) }
        let angle = angles[positions[row] * half + j % half]
        let other = Double(x[j < half ? i + half : i - half])
        return Double(x[i]) * cos(angle) + (j < half ? -other : other) * sin(angle)
      }
      #expect(worst(y, naive) < Self.close)
      let back = try #require(
        filled(N * D, Float(0), guarding: 7) { z in
          z.update(from: y, count: N * D)
          level.kernels.adapt_rotary(z, N, D, heads, width, rotated, c, s, positions, -1)
        })
      #expect(worst(back, x.map(Double.init)) < Self.close)
    }
  }

  static func rmsNorm(_ x: [Float], _ gain: [Float], _ D: Int) -> [Double] {
    rmsNorm(x.map(Double.init), gain, D)
  }

  static func rmsNorm(_ x: [Double], _ gain: [Float], _ D: Int) -> [Double] {
    stride(from: 0, to: x.count, by: max(1, D)).flatMap { start in
      let row = x[start..<start + D]
      let root = (row.reduce(0.0) { $0 + $1 * $1 } / Double(D) + 1e-5).squareRoot()
      return zip(row, gain).map { $0 / root * Double($1) }
    }
  }
}
