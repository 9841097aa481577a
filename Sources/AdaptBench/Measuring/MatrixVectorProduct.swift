// One row through many weights, as a decoder's step: the weights come from memory, not from a cache.
import AdaptTensors
import CBench

/// Weights of one shape and format that are larger together than any cache.
struct MatrixVectorProduct {
  let name: String
  private let weights: [WeightStorage]
  /// Some rows of NF4 that a cache holds; nil for the other formats.
  private let cached: WeightStorage?
  /// Bytes of those rows: most of a second-level cache.
  private static let cachedBytes = 768 << 10
  private let x: Tensor
  private let out: Scratch

  /// Every format the weights may rest in.
  static let formats: [WeightFormat] = [
    .float32, .bfloat16, .float16, .int8, .nf4, .nf4Doubled,
  ]

  /// As many matrices `[outputs, inputs]` in `format` as make `total` bytes.
  init(outputs: Int, inputs: Int, format: WeightFormat, total: Int) throws(WeightFault) {
    let one = format.bytes(rows: outputs, columns: inputs)
    let count = max(1, (total + one - 1) / one)
    let source = Noise.tensor([outputs, inputs], deviation: 0.02, seed: 1)
    var weights: [WeightStorage] = []
    for number in 0..<count {
      // f32 rests in the tensor itself, which must then be another one each time.
      let isShared = format == .float32 && number > 0
      let tensor =
        isShared
        ? Noise.tensor([outputs, inputs], deviation: 0.02, seed: UInt64(number + 1)) : source
      weights.append(try WeightStorage(tensor, as: format))
    }
    self.weights = weights
    if case .nf4 = format {
      let rows = max(
        1, min(outputs, Self.cachedBytes / max(1, format.bytes(rows: 1, columns: inputs))))
      cached = try WeightStorage(
        Noise.tensor([rows, inputs], deviation: 0.02, seed: 1), as: format)
    } else {
      cached = nil
    }
    name = "\(outputs)×\(inputs) \(format), \(count) of them"
    x = Noise.tensor([1, inputs], seed: 0)
    out = Scratch(outputs)
  }

  /// GB/s of weights, beside their limit: what the machine reads of the same bytes, or for NF4, which is bound by
  /// arithmetic, the same product with its codes in a cache.
  ///
  /// Both take turns, because the speed of a shared machine moves within seconds.
  func figure(_ options: BenchOptions, on pool: ThreadPool) -> Figure {
    let limit = cached.map { decoding($0, on: pool) } ?? reading(on: pool)
    let turns = TimedTurns.measure(runs: max(options.runs, options.tiny ? 1 : 9)) {
      multiply(on: pool)
    } beside: {
      limit.run()
    }
    let other = Figure(
      limit.name, threads: pool.threads, .rate("GB/s", work: Double(limit.bytes) / 1e9),
      turns.other)
    let bytes = weights.reduce(0) { $0 + $1.bytes }
    let figure = Figure(
      name, threads: pool.threads, .rate("GB/s", work: Double(bytes) / 1e9), turns.own)
    return figure.of(other)
  }

  /// What a product is compared with.
  private struct Limit {
    let name: String
    let bytes: Int
    let run: () -> Void
  }

  private func reading(on pool: ThreadPool) -> Limit {
    let parts = weights.flatMap { MemoryPart.cut($0) }
    return Limit(
      name: "read memory, the same bytes in turn", bytes: parts.reduce(0) { $0 + $1.bytes }
    ) {
      withExtendedLifetime(weights) { pool.run(parts.count) { parts[$0].read() } }
    }
  }

  private func decoding(_ cached: WeightStorage, on pool: ThreadPool) -> Limit {
    let times = max(1, weights.reduce(0) { $0 + $1.bytes } / max(1, cached.bytes))
    return Limit(name: "the same product from a cache, in turn", bytes: times * cached.bytes) {
      for _ in 0..<times { multiply(cached, on: pool) }
    }
  }

  private func multiply(on pool: ThreadPool) {
    for weight in weights { multiply(weight, on: pool) }
  }

  private func multiply(_ weight: WeightStorage, on pool: ThreadPool) {
    withExtendedLifetime(x) {
      weight.multiplyTransposed(
        MatrixView(x), into: out.matrix(rows: 1, columns: weight.rows), on: pool)
    }
  }
}

/// Some of the numbers or codes of a matrix where they lie.
private struct MemoryPart: @unchecked Sendable {
  private static let limit = 4 << 20

  let base: UnsafePointer<Float>
  let bytes: Int

  /// The numbers or codes of `weight`, without scales, in parts for the threads.
  static func cut(_ weight: WeightStorage) -> [MemoryPart] {
    let total =
      switch weight.format {
      case .float32: weight.count * 4
      case .bfloat16, .float16: weight.count * 2
      case .int8: weight.count
      case .nf4: weight.count / 2
      }
    return stride(from: 0, to: total, by: limit).map { start in
      MemoryPart(
        base: (weight.address + start).assumingMemoryBound(to: Float.self),
        bytes: min(limit, total - start))
    }
  }

  func read() { _ = bench_sum(base, bytes / 4) }
}
