// The loops that limits and random weights are made with do what their names say.
import CBench
import Testing

struct LoopTests {
  @Test func theSumReadsEveryNumberOnce() {
    for count in Array(0...200) + [1_000, 4_097] {
      // Small whole numbers, whose sums f32 holds exactly.
      let x = (0..<count).map { Float($0 * 37 % 101 - 50) }
      #expect(bench_sum(x, count) == x.reduce(0, +), "\(count)")
    }
  }

  @Test func anyPartOfAStreamCanBeMadeAlone() {
    func noise(_ start: Int, _ count: Int, seed: UInt64 = 7, stream: UInt64 = 3) -> [Float] {
      var out = [Float](repeating: .nan, count: count)
      bench_noise(seed, stream, UInt64(start), count, 0.5, &out)
      return out
    }
    let whole = noise(0, 1_000)
    for (start, count) in [(0, 1), (1, 999), (333, 17), (999, 1), (500, 0)] {
      #expect(noise(start, count) == Array(whole[start..<start + count]))
    }
    #expect(noise(0, 1_000, seed: 8) != whole)
    #expect(noise(0, 1_000, stream: 4) != whole)
    #expect(Set(whole).count > 950)
  }

  @Test func theNoiseIsEqualOnEveryMachine() {
    var out = [Float](repeating: 0, count: 4)
    bench_noise(1, 2, 0, 4, 1, &out)
    #expect(out.map(\.bitPattern) == [0x3F16_5ED4, 0x3FA8_5B7C, 0xBF85_0BEA, 0x3FB1_B6E9])
  }

  @Test func theMultiplyAddsSettleWhereTheyShould() {
    #expect(bench_round_operations() >= 2 * 4)
    // Every lane becomes y / (1 - x) with x = 1/2 and y the seed.
    let lanes = Float(bench_round_operations() / 2)
    #expect(bench_multiply_add(200, 0.25) == 0.5 * lanes)
  }

  @Test func mappedMemoryIsZeroAndWritable() throws {
    let raw = try #require(bench_map(1 << 21))
    let floats = raw.bindMemory(to: Float.self, capacity: 1 << 19)
    #expect(bench_sum(floats, 1 << 19) == 0)
    floats[(1 << 19) - 1] = 3
    #expect(bench_sum(floats, 1 << 19) == 3)
    bench_unmap(raw, 1 << 21)
  }
}
