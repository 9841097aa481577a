// One row through many weights, as a decoder's step: the weights come from memory, not from a cache.
import AdaptTensors
import CBench

/// Weights of one shape and format that are larger together than any cache.
struct MatrixVectorProduct {
  let name: String
  private let weights: [WeightStorage]
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
    name = "\(outputs)×\(inputs) \(format), \(count) of them"
    x = Noise.tensor([1, inputs], seed: 0)
    out = Scratch(outputs)
  }

  /// GB/s of weights read, beside what the machine reads of the same bytes.
  ///
  /// Both take turns, because the bandwidth of a shared machine moves within seconds.
  func figure(_ options: BenchOptions, on pool: ThreadPool) -> Figure {
    let parts = weights.flatMap { MemoryPart.cut($0) }
    let turns = TimedTurns.measure(runs: max(options.runs, options.tiny ? 1 : 9)) {
      multiply(on: pool)
    } beside: {
      withExtendedLifetime(weights) { pool.run(parts.count) { parts[$0].read() } }
    }
    let limit = Figure(
      "read memory, the same bytes in turn", threads: pool.threads,
      .rate("GB/s", work: Double(parts.reduce(0) { $0 + $1.bytes }) / 1e9), turns.other)
    let bytes = weights.reduce(0) { $0 + $1.bytes }
    let figure = Figure(
      name, threads: pool.threads, .rate("GB/s", work: Double(bytes) / 1e9), turns.own)
    return figure.of(limit)
  }

  private func multiply(on pool: ThreadPool) {
    withExtendedLifetime(x) {
      for weight in weights {
        weight.multiplyTransposed(
          MatrixView(x), into: out.matrix(rows: 1, columns: weight.rows), on: pool)
      }
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
