// The cache of generation against the plainest one, which stacks everything anew.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Testing

struct KeyValueCacheTests {
  /// Heads, key heads, width of a head, window, cap, tokens of a block, and the lengths of each run by segment.
  struct Shape: CustomTestStringConvertible, Sendable {
    var heads: Int
    var keyHeads: Int
    var width: Int
    var window: Int?
    var softCap: Float?
    var block: Int
    var prefix = 0
    var runs: [[Int]]
    var testDescription: String { "\(heads)/\(keyHeads) × \(width), blocks of \(block)" }
  }

  static let shapes = [
    Shape(heads: 1, keyHeads: 1, width: 1, block: 1, runs: [[1], [1], [2]]),
    Shape(heads: 9, keyHeads: 3, width: 64, block: 256, runs: [[300], [1], [1], [70], [1]]),
    Shape(heads: 4, keyHeads: 2, width: 20, block: 7, runs: [[5, 0, 13], [1, 1, 1], [0, 9, 1]]),
    Shape(
      heads: 8, keyHeads: 1, width: 48, softCap: 3, block: 16, runs: [[33, 2], [1, 1], [1, 1]]),
    Shape(
      heads: 6, keyHeads: 6, width: 17, window: 5, block: 4, runs: [[9, 3], [1, 1], [4, 1]]),
    Shape(
      heads: 4, keyHeads: 2, width: 33, window: 40, block: 32, prefix: 3,
      runs: [[50, 7], [1, 1], [1, 60], [1, 1]]),
    Shape(heads: 2, keyHeads: 1, width: 16, block: 256, prefix: 300, runs: [[600], [1]]),
  ]

  @Test(arguments: shapes) func equalsTheStack(_ shape: Shape) {
    let ours = KeyValueCache(layers: 1, blockTokens: shape.block)
    let plain = StackingCache()
    let layer = BaseAttention(
      layer: 0,
      rules: AttentionRules(
        heads: shape.heads, keyHeads: shape.keyHeads, isCausal: true, window: shape.window,
        softCap: shape.softCap))
    let prefix = Self.prefix(shape)
    for (number, lengths) in shape.runs.enumerated() {
      let segments = Segments(lengths: lengths)
      let new = Self.tokens(shape, segments.total, run: number)
      let (a, b) = (
        ours.attend(new, prefix: prefix, at: layer, segments: segments),
        plain.attend(new, prefix: prefix, at: layer, segments: segments)
      )
      // Sums of other orders, of numbers near 1.
      #expect(largestDifference(a.elements, b.elements) < 3e-6, "run \(number)")
      #expect(ours.lengths == plain.lengths)
    }
  }

  private static func tokens(
    _ shape: Shape, _ count: Int, run: Int
  ) -> (query: Tensor, key: Tensor, value: Tensor) {
    func noise(_ site: UInt16, _ heads: Int) -> Tensor {
      RandomKey(seed: 5, layer: UInt16(run), site: site).normal(
        [count, heads * shape.width], deviation: 1)
    }
    return (noise(0, shape.heads), noise(1, shape.keyHeads), noise(2, shape.keyHeads))
  }

  private static func prefix(_ shape: Shape) -> AttentionPrefix? {
    guard shape.prefix > 0 else { return nil }
    let parts = (0..<2).map {
      RandomKey(seed: 6, site: UInt16($0)).normal(
        [shape.prefix, shape.keyHeads * shape.width], deviation: 1)
    }
    return AttentionPrefix(keys: Variable(parts[0]), values: Variable(parts[1]))
  }

  /// A sequence gives the same bits alone and beside others.
  @Test func aRowDoesNotSeeItsBatch() {
    let shape = Shape(heads: 4, keyHeads: 2, width: 24, block: 16, runs: [])
    let layer = BaseAttention(
      layer: 0, rules: AttentionRules(heads: 4, keyHeads: 2, isCausal: true))
    let (together, alone) = (
      KeyValueCache(layers: 1, blockTokens: 16), KeyValueCache(layers: 1, blockTokens: 16)
    )
    for (run, lengths) in [[3, 40], [1, 1], [1, 1]].enumerated() {
      let segments = Segments(lengths: lengths)
      let new = Self.tokens(shape, segments.total, run: run)
      let all = together.attend(new, prefix: nil, at: layer, segments: segments)
      let rows = segments[1].map { $0 }
      let own = alone.attend(
        (new.query.gatheringRows(rows), new.key.gatheringRows(rows), new.value.gatheringRows(rows)),
        prefix: nil, at: layer, segments: Segments(lengths: [rows.count]))
      #expect(all.gatheringRows(rows).elements == own.elements)
    }
  }

  @Test func aWindowBoundsTheMemory() {
    let shape = Shape(heads: 2, keyHeads: 2, width: 16, block: 8, runs: [])
    let layer = BaseAttention(
      layer: 0, rules: AttentionRules(heads: 2, isCausal: true, window: 20))
    let cache = KeyValueCache(layers: 1, blockTokens: 8)
    var most = 0
    for run in 0..<200 {
      _ = cache.attend(
        Self.tokens(shape, 1, run: run), prefix: nil, at: layer, segments: Segments(lengths: [1]))
      most = max(most, cache.bytes)
    }
    #expect(cache.lengths == [200])
    // 19 old keys and one new one lie in four blocks of 8 at most.
    #expect(most <= 4 * 8 * 2 * 2 * 16 * 4)
    #expect(!cache.shorten(0, to: 190))
  }

  /// What was taken back is as if it had never been.
  @Test func tokensAreTakenBack() throws {
    let model = try TinyLlama().model()
    let cache = KeyValueCache(layers: 2, blockTokens: 4)
    var pass = Pass()
    pass.cache = cache
    _ = try model.logits([[1, 5, 9, 2, 11, 3]], in: pass)
    #expect(cache.shorten(0, to: 3))
    #expect(cache.lengths == [3])
    pass.phase = .decode
    let after = try model.logits([[7, 4]], in: pass)
    let whole = try model.logits([[1, 5, 9, 7, 4]])
    #expect(largestDifference(after, whole.suffix(2 * TinyLlama.vocabulary)) < 5e-6)
    #expect(!cache.shorten(0, to: 9))
    #expect(!cache.shorten(1, to: 0))
  }

  @Test func sequencesLeave() throws {
    let model = try TinyLlama().model()
    let cache = KeyValueCache(layers: 2)
    var pass = Pass()
    pass.cache = cache
    _ = try model.logits([[1, 5, 9], [4], [8, 8]], in: pass)
    let bytes = cache.bytes
    cache.keep([2, 0])
    #expect(cache.lengths == [2, 3])
    #expect(cache.bytes == bytes / 3 * 2)
    pass.phase = .decode
    let next = try model.logits([[7], [4]], in: pass)
    let whole = try [[8, 8, 7], [1, 5, 9, 4]].map {
      try model.logits([$0]).suffix(TinyLlama.vocabulary)
    }
    #expect(largestDifference(next, whole.flatMap { $0 }) < 5e-6)
  }
}
