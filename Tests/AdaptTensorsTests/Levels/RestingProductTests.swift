// Products with resting weights on every instruction set against sums in Double of the widened weights.
import AdaptTensors
import CKernels
import Testing

struct RestingProductTests {
  /// Rows × columns that miss the groups of rows, the vectors, the chunks of 128 and the blocks of 64.
  static let shapes = [
    (0, 5), (1, 1), (3, 0), (2, 7), (5, 64), (9, 65), (4, 192), (5, 576), (7, 300), (6, 1_030),
  ]

  @Test(arguments: KernelLevel.all)
  func nf4WidensAnyRange(level: KernelLevel) throws {
    let count = 700
    var numbers = TestNumbers(9)
    let x = (0..<count).map { _ in numbers.next() * 2 }
    for block in [2, 32, 64, 100, 256] {
      var scales = [Float](repeating: 0, count: (count + block - 1) / block)
      let codes = try #require(
        filled((count + 1) / 2, UInt8(0), guarding: 3) {
          level.kernels.adapt_quantise_nf4(x, count, block, $0, &scales)
        })
      let wanted = Self.widened(codes, scales, block, count)
      for (first, length) in [(0, count), (1, 5), (63, 2), (64, 64), (65, 600), (699, 1), (7, 0)] {
        let part = try #require(
          filled(length, Float(0), guarding: 7) { out in
            scales.withUnsafeBufferPointer { scales in
              guard let base = scales.baseAddress else { return }
              level.kernels.adapt_widen_nf4(
                codes, first, length, base + first / block, block, out)
            }
          })
        #expect(part == Array(wanted[first..<first + length]), "\(block) \(first) \(length)")
      }
      // The nearest value, checked against all sixteen.
      for (i, value) in x.enumerated() {
        let scale = scales[i / block]
        let best = NF4.values.map { abs($0 - value / scale) }.min() ?? 0
        #expect(abs(wanted[i] / scale - value / scale) <= best + 1e-6)
      }
    }
  }

  @Test(arguments: KernelLevel.all)
  func scalesWiden(level: KernelLevel) throws {
    let codes = (0..<600).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let outer: [Float] = [2, 0.5, 3]
    for (first, count) in [(0, 600), (255, 2), (256, 256), (300, 0)] {
      let out = try #require(
        filled(count, Float(0), guarding: 7) {
          level.kernels.adapt_widen_scales(
            codes, first, count, DynamicMap.values, outer, 256, 1.5, $0)
        })
      let wanted = (first..<first + count).map { i -> Float in
        let product = DynamicMap.values[Int(codes[i])] * outer[i / 256]
        return product + 1.5
      }
      #expect(out == wanted)
    }
  }

  @Test(arguments: KernelLevel.all, 0...9)
  func rowsMatch(level: KernelLevel, inputs: Int) throws {
    let (N, table) = (inputs, level.kernels)
    for (M, K) in Self.shapes {
      var numbers = TestNumbers(M * 100 + K + N)
      let weights = (0..<M * K).map { _ in numbers.next() }
      let x = (0..<N * K).map { _ in numbers.next() }
      var half = [UInt16](repeating: 0, count: M * K)
      table.adapt_narrow_f16(weights, M * K, &half)
      try check(half.map(ConversionTests.float16), x, (N, M, K), "f16") {
        table.adapt_rows_f16(half, M, K, x, N, $0, M)
      }
      table.adapt_narrow_bf16(weights, M * K, &half)
      let brain = half.map { Float(bitPattern: UInt32($0) << 16) }
      try check(brain, x, (N, M, K), "bf16") { table.adapt_rows_bf16(half, M, K, x, N, $0, M) }
      try check(weights, x, (N, M, K), "f32") { table.adapt_rows_f32(weights, M, K, x, N, $0, M) }
      var bytes = [Int8](repeating: 0, count: M * K)
      table.adapt_quantise_int8(weights, M * K, 1, &bytes)
      let scales = (0..<M).map { 0.01 * Float($0 + 1) }
      let wide = bytes.enumerated().map { Float($0.element) * scales[$0.offset / K] }
      try check(wide, x, (N, M, K), "int8") {
        table.adapt_rows_int8(bytes, scales, M, K, x, N, $0, M)
      }
    }
  }

  /// A row gives the same bits wherever a piece of the matrix starts or ends.
  @Test(arguments: KernelLevel.all, [1, 2, 5])
  func rowsDoNotDependOnTheirNeighbours(level: KernelLevel, inputs: Int) throws {
    let (N, M, table) = (inputs, 7, level.kernels)
    for K in [1, 64, 200, 576] {
      var numbers = TestNumbers(K + N)
      let weights = (0..<M * K).map { _ in numbers.next() }
      let x = (0..<N * K).map { _ in numbers.next() }
      let written = filled(N * M, Float(0), guarding: 7) {
        table.adapt_rows_f32(weights, M, K, x, N, $0, M)
      }
      let all = try #require(written)
      for i in 0..<M {
        let row = Array(weights[i * K..<(i + 1) * K])
        let alone = filled(N, Float(0), guarding: 7) {
          table.adapt_rows_f32(row, 1, K, x, N, $0, 1)
        }
        #expect(alone == (0..<N).map { all[$0 * M + i] }, "\(K) columns, row \(i)")
      }
    }
  }

  @Test(arguments: KernelLevel.all, 0...9)
  func nf4RowsMatch(level: KernelLevel, inputs: Int) throws {
    let (N, table) = (inputs, level.kernels)
    for (M, K) in Self.shapes where K > 0 {
      for (block, first) in [(64, 0), (64, 1), (128, 1), (32, 2)] where first <= M {
        var numbers = TestNumbers(M * 100 + K + N)
        let weights = (0..<M * K).map { _ in numbers.next() }
        let x = (0..<N * K).map { _ in numbers.next() }
        var codes = [UInt8](repeating: 0, count: (M * K + 1) / 2)
        var scales = [Float](repeating: 0, count: (M * K + block - 1) / block)
        table.adapt_quantise_nf4(weights, M * K, block, &codes, &scales)
        let wide = Self.widened(codes, scales, block, M * K)
        let used = Array(scales.dropFirst(first * K / block))
        var arranged = [Float](repeating: 0, count: N * ((K + 127) / 128 * 128))
        table.adapt_arrange_nf4(x, N, K, block, &arranged)
        let rows = M - first
        try check(Array(wide[(first * K)...]), x, (N, rows, K), "nf4 \(block) \(first)") {
          table.adapt_rows_nf4(codes, used, block, first, rows, K, arranged, N, $0, rows)
        }
      }
    }
  }

  /// Compares a product with its naive form: a sum of K products loses at most about K units of 6e-8.
  private func check(
    _ weights: [Float], _ x: [Float], _ shape: (rows: Int, outputs: Int, depth: Int),
    _ name: String, _ product: (UnsafeMutablePointer<Float>) -> Void
  ) throws {
    let (N, M, K) = shape
    let written = filled(N * M, Float(0), guarding: 7, product)
    let y = try #require(written)
    let naive = (0..<N * M).map { i in
      (0..<K).reduce(0.0) {
        $0 + Double(x[i / M * K + $1]) * Double(weights[i % M * K + $1])
      }
    }
    #expect(worst(y, naive) < 1e-6 + Double(K) * 6e-8, "\(name): \(N) × \(M) × \(K)")
  }

  private static func widened(
    _ codes: [UInt8], _ scales: [Float], _ block: Int, _ count: Int
  ) -> [Float] {
    (0..<count).map { i in
      let pair = codes[i / 2]
      return NF4.values[Int(i % 2 == 0 ? pair >> 4 : pair & 15)] * scales[i / block]
    }
  }
}
