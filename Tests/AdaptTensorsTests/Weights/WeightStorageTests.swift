// Resting weights in every form: widening, products forward and backward, refusals.
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct WeightStorageTests {
  static let formats: [WeightFormat] = [
    .float32, .bfloat16, .float16, .int8, .nf4, .nf4Doubled, .nf4(block: 32, isDoubled: true),
  ]
  static let shapes = [(0, 3), (1, 1), (3, 0), (5, 7), (17, 64), (33, 130), (270, 70), (34, 192)]

  @Test(arguments: formats)
  func rectanglesEqualTheWhole(format: WeightFormat) throws {
    for (M, K) in Self.shapes where M * K > 0 {
      let weight = try Self.weight(M, K, format)
      let whole = weight.widened().elements
      #expect(weight.format == format && weight.rows == M && weight.columns == K)
      #expect(weight.gatheringRows([M - 1, 0, M - 1]).elements.prefix(K) == whole.suffix(K))
      let (rows, columns) = (M / 3..<M, K / 2..<K)
      let stride = columns.count + 2
      var out = [Float](repeating: -7, count: rows.count * stride)
      out.withUnsafeMutableBufferPointer { out in
        guard let base = out.baseAddress else { return }
        weight.widen(
          rows: rows, columns: columns,
          into: MutableMatrixView(base, rows: rows.count, columns: columns.count, stride: stride))
      }
      for (i, row) in rows.enumerated() {
        let got = Array(out[i * stride..<i * stride + columns.count])
        #expect(got == columns.map { whole[row * K + $0] }, "\(M) × \(K)")
        #expect(out[(i + 1) * stride - 1] == -7)
      }
    }
  }

  @Test(arguments: formats)
  func forwardEqualsTheWidenedWeight(format: WeightFormat) throws {
    for (M, K) in Self.shapes {
      for N in [0, 1, 8, 9, 20] {
        let weight = try Self.weight(M, K, format)
        var numbers = TestNumbers(N + M)
        let x = numbers.tensor([N, K])
        let bias = numbers.tensor([M])
        let y = x.linear(weight, bias: bias, activation: .relu)
        #expect(y.shape == [N, M])
        let naive = Self.product(x, weight.widened(), bias).map { max($0, 0) }
        #expect(worst(y.elements, naive) < 1e-6 + Double(K) * 6e-8, "\(N) × \(M) × \(K)")
      }
    }
  }

  @Test(arguments: formats, [1, 3])
  func backwardEqualsTheWidenedWeight(format: WeightFormat, threads: Int) throws {
    let pool = ThreadPool(threads: threads)
    for (M, K) in Self.shapes {
      for N in [0, 1, 10] {
        let weight = try Self.weight(M, K, format)
        var numbers = TestNumbers(N + M + 1)
        let dy = numbers.tensor([N, M])
        let dx = dy.inputGradient(through: weight, pool: pool)
        #expect(dx.shape == [N, K])
        let (w, d) = (weight.widened().elements, dy.elements)
        let naive = (0..<N * K).map { i in
          (0..<M).reduce(0.0) { $0 + Double(d[i / K * M + $1]) * Double(w[$1 * K + i % K]) }
        }
        #expect(worst(dx.elements, naive) < 1e-6 + Double(M) * 6e-8, "\(N) × \(M) × \(K)")
      }
    }
  }

  @Test func roundingErrorsAreOfTheForm() throws {
    var numbers = TestNumbers(4)
    let x = numbers.tensor([40, 100])
    for (format, bound) in [(WeightFormat.bfloat16, 1 / 256.0), (.float16, 1 / 2048.0)] {
      let y = try WeightStorage(x, as: format).widened()
      #expect(zip(x.elements, y.elements).allSatisfy { abs(Double($0 - $1)) <= bound * 1.0 })
    }
    let y = try WeightStorage(x, as: .int8).widened()
    for row in 0..<40 {
      let (a, b) = (
        x.elements[row * 100..<row * 100 + 100], y.elements[row * 100..<row * 100 + 100]
      )
      let step = (a.map(abs).max() ?? 0) / 127
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= step * 0.5001 })
    }
  }

  @Test func whatDoesNotFitIsRefused() {
    for value in [Float.nan, .infinity, -.infinity] {
      let x = Tensor([2, 2], [1, 2, value, 3])
      for format in Self.formats {
        let fault = #expect(throws: WeightFault.self) { try WeightStorage(x, as: format) }
        #expect(fault?.description.contains("row 1, column 0") == true)
      }
    }
    let large = Tensor([1, 3], [65_519, 65_520, -1e9])
    #expect(throws: WeightFault.beyondRange(count: 2, largest: 1e9)) {
      try WeightStorage(large, as: .float16)
    }
    #expect(throws: Never.self) { try WeightStorage(Tensor([1, 1], [65_519]), as: .float16) }
    for block in [-2, 0, 1, 63] {
      #expect(throws: WeightFault.block(block)) {
        try WeightStorage(large, as: .nf4(block: block, isDoubled: false))
      }
    }
  }

  /// 4.5 bits a weight plain and 4.127 doubled, as the paper counts.
  @Test func sizesAreAsPublished() {
    let count = 4_096.0 * 4_096
    #expect(
      abs(Double(WeightFormat.nf4.bytes(rows: 4_096, columns: 4_096)) * 8 / count - 4.5) < 1e-9)
    let doubled = Double(WeightFormat.nf4Doubled.bytes(rows: 4_096, columns: 4_096)) * 8 / count
    #expect(abs(doubled - 4.127) < 1e-3)
  }

  static func weight(_ M: Int, _ K: Int, _ format: WeightFormat) throws -> WeightStorage {
    var numbers = TestNumbers(M * 7 + K)
    return try WeightStorage(numbers.tensor([M, K]), as: format)
  }

  private static func product(_ x: Tensor, _ w: Tensor, _ bias: Tensor) -> [Double] {
    let (a, b, c) = (x.elements, w.elements, bias.elements)
    let (K, M) = (x.columns, w.rows)
    return (0..<x.rows * M).map { i in
      (0..<K).reduce(Double(c[i % M])) {
        $0 + Double(a[i / M * K + $1]) * Double(b[i % M * K + $1])
      }
    }
  }
}
