// What the machine can do at most, measured in the same run as what is compared with it.
import AdaptTensors
import CBench

/// The limits at one number of threads.
struct MachineLimits: Sendable {
  /// Reading memory, GB/s; nil when it was not measured.
  let read: Figure?
  /// Multiply-adds of f32 in registers, GFLOP/s.
  let arithmetic: Figure

  /// Measures them: a sum over memory larger than any cache only where `withMemory`.
  ///
  /// - Throws: `BenchFault.noMemory`.
  static func measure(
    _ options: BenchOptions, on pool: ThreadPool, withMemory: Bool
  ) throws(BenchFault) -> MachineLimits {
    let read = withMemory ? try read(options, pool) : nil
    return MachineLimits(read: read, arithmetic: arithmetic(options, pool))
  }

  private static func read(
    _ options: BenchOptions, _ pool: ThreadPool
  ) throws(BenchFault) -> Figure {
    let bytes = options.tiny ? 4 << 20 : 1 << 30
    guard let memory = MappedFloats(bytes: bytes) else { throw .noMemory(bytes: bytes) }
    let pieces = 64
    let size = memory.count / pieces
    // Each thread touches what it reads later, so that the pages lie near it.
    pool.run(pieces) { bench_noise(1, UInt64($0), 0, size, 1, memory.base + $0 * size) }
    let timing = Timing.measure(runs: options.runs) {
      pool.run(pieces) { _ = bench_sum(memory.base + $0 * size, size) }
    }
    return Figure(
      "read memory, \(bytes >> 20) MiB of f32", threads: pool.threads,
      .rate("GB/s", work: Double(bytes) / 1e9), timing)
  }

  private static func arithmetic(_ options: BenchOptions, _ pool: ThreadPool) -> Figure {
    let rounds = options.tiny ? 10_000 : 10_000_000
    let timing = Timing.measure(runs: options.runs) {
      pool.run(pool.threads) { _ = bench_multiply_add(rounds, Float($0 + 1) * 0.25) }
    }
    let operations = Double(bench_round_operations()) * Double(rounds * pool.threads)
    return Figure(
      "multiply-add, f32 in registers", threads: pool.threads,
      .rate("GFLOP/s", work: operations / 1e9), timing)
  }
}

/// Anonymous memory in huge pages where the system has them.
private final class MappedFloats: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  init?(bytes: Int) {
    guard let raw = bench_map(bytes) else { return nil }
    count = bytes / 4
    base = raw.bindMemory(to: Float.self, capacity: count)
  }

  deinit { bench_unmap(base, count * 4) }
}
