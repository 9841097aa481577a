// Attention over ragged segments against its naive twin.
import AdaptGradients
import AdaptTensors
import Testing

/// Softmax over all keys of a segment, one query and head after the other; inputs q, k, v and a prefix.
private struct AttentionTwin: Twin {
  var segments: Segments
  var keySegments: Segments
  var rules: AttentionRules
  var width: Int
  var prefix = 0
  var prefixIsShared = true

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    let columns = rules.heads * width
    var out = [S](repeating: S(0), count: segments.total * columns)
    for s in 0..<segments.count {
      for (i, row) in segments[s].enumerated() {
        let heads = (0..<rules.heads).flatMap { attend(inputs, s, i, row, $0) }
        out.replaceSubrange(row * columns..<(row + 1) * columns, with: heads)
      }
    }
    return out
  }

  private func attend<S: Scalar>(
    _ inputs: [[S]], _ s: Int, _ i: Int, _ row: Int, _ head: Int
  ) -> [S] {
    let columns = rules.heads * width
    let q = (0..<width).map { inputs[0][row * columns + head * width + $0] }
    let position = i + keySegments[s].count - segments[s].count
    var pairs: [(key: [S], value: [S])] = []
    for p in 0..<prefix {
      let start = prefixIsShared ? p : s * prefix + p
      pairs.append((part(inputs[3], start, head), part(inputs[4], start, head)))
    }
    for (j, key) in keySegments[s].enumerated() where sees(position, j) {
      pairs.append((part(inputs[1], key, head), part(inputs[2], key, head)))
    }
    let scores = pairs.map { pair in
      let raw = zip(q, pair.key).map { $0 * $1 }.total
      let score = raw * S(Double(rules.scale ?? 1 / Float(width).squareRoot()))
      guard let cap = rules.softCap else { return score }
      return S(Double(cap)) * (score / S(Double(cap))).hyperbolicTangent
    }
    let whole = scores.logSumExp
    let shares = scores.map { ($0 - whole).exponential }
    return (0..<width).map { j in zip(shares, pairs).map { $0 * $1.value[j] }.total }
  }

  private func part<S: Scalar>(_ x: [S], _ row: Int, _ head: Int) -> [S] {
    let keyHead = head / (rules.heads / rules.keyHeads)
    let start = row * rules.keyHeads * width + keyHead * width
    return Array(x[start..<start + width])
  }

  private func sees(_ query: Int, _ key: Int) -> Bool {
    if rules.isCausal, key > query { return false }
    guard let window = rules.window else { return true }
    return abs(query - key) < window
  }
}

struct AttentionTests {
  private func expectMatch(
    _ lengths: [Int], keys: [Int]? = nil, _ rules: AttentionRules, width: Int,
    prefix whole: (rows: Int, isShared: Bool) = (0, true), scale: Float = 1.5
  ) {
    let (prefix, isShared) = whole
    let twin = AttentionTwin(
      segments: Segments(lengths: lengths), keySegments: Segments(lengths: keys ?? lengths),
      rules: rules, width: width, prefix: prefix, prefixIsShared: isShared)
    let (q, k) = (rules.heads * width, rules.keyHeads * width)
    var shapes = [[twin.segments.total, q], [twin.keySegments.total, k]]
    shapes.append(shapes[1])
    let rows = prefix * (isShared ? 1 : lengths.count)
    if prefix > 0 { shapes += [[rows, k], [rows, k]] }
    expectTwin("attention", shapes, TwinSettings(scale: scale), twin: twin) { v in
      attention(
        query: v[0], key: v[1], value: v[2],
        segments: AttentionSegments(queries: twin.segments, keys: twin.keySegments),
        prefix: prefix > 0
          ? AttentionPrefix(keys: v[3], values: v[4], isShared: isShared) : nil,
        rules: rules)
    }
  }

  @Test(arguments: [true, false], [nil, 1, 3])
  func masksMatch(isCausal: Bool, window: Int?) {
    for lengths in [[1], [0, 3, 0], [5, 1, 9], []] {
      let rules = AttentionRules(heads: 2, isCausal: isCausal, window: window)
      expectMatch(lengths, rules, width: 5)
    }
  }

  @Test func groupedHeadsMatch() {
    for (heads, keyHeads) in [(4, 2), (3, 1), (6, 3)] {
      let rules = AttentionRules(heads: heads, keyHeads: keyHeads, isCausal: true)
      expectMatch([4, 7], rules, width: 3)
    }
  }

  @Test func softCapAndScaleMatch() {
    let capped = AttentionRules(heads: 2, isCausal: true, softCap: 1.5, scale: 0.7)
    expectMatch([6, 2], capped, width: 4, scale: 3)
    let whole = AttentionRules(heads: 1, isCausal: false, softCap: 50)
    expectMatch([5], whole, width: 17)
  }

  @Test(arguments: [true, false])
  func prefixesMatch(isShared: Bool) {
    let rules = AttentionRules(heads: 4, keyHeads: 2, isCausal: true, window: 2)
    expectMatch([3, 0, 5], rules, width: 3, prefix: (4, isShared))
  }

  @Test func cachedKeysMatch() {
    let causal = AttentionRules(heads: 2, isCausal: true)
    expectMatch([1, 3, 0], keys: [6, 3, 2], causal, width: 4)
    let sliding = AttentionRules(heads: 2, isCausal: true, window: 4)
    expectMatch([2, 1], keys: [9, 5], sliding, width: 4, prefix: (2, true))
  }

  @Test func blocksAndTilesMatch() {
    // More than one block of queries (64).
    expectMatch([70], AttentionRules(heads: 1, isCausal: true), width: 2)
    expectMatch([67], AttentionRules(heads: 1, isCausal: true, window: 5), width: 2)
    // More than one tile of keys (256).
    let one = AttentionRules(heads: 1, isCausal: true)
    expectMatch([3], keys: [530], one, width: 2)
    let sliding = AttentionRules(heads: 2, keyHeads: 1, isCausal: true, window: 300)
    expectMatch([2], keys: [600], sliding, width: 1, prefix: (1, true))
  }

  @Test func equalsTheInferenceKernel() {
    let key = RandomKey(seed: 11)
    let segments = Segments(lengths: [130, 1, 77])
    let parts = (0..<3).map { key.at(layer: 0, site: $0).uniform([208, 24], in: -2..<2) }
    let rules = AttentionRules(heads: 3, isCausal: false)
    let got = attention(
      query: Variable(parts[0]), key: Variable(parts[1]), value: Variable(parts[2]),
      segments: AttentionSegments(segments), rules: rules)
    let stacked = (0..<208).flatMap { row in
      parts.flatMap { $0.elements[row * 24..<row * 24 + 24] }
    }
    let wanted = attention(Tensor([208, 72], stacked), heads: 3, segments: segments)
    #expect(relative(got.value.elements, wanted.elements.map(Double.init)) < 1e-6)
  }

  @Test func packedSegmentsEqualThemselvesAlone() {
    let key = RandomKey(seed: 12)
    let rules = AttentionRules(heads: 2, isCausal: true)
    func run(_ rows: Range<Int>, _ lengths: [Int]) -> [[Float]] {
      let parts = (0..<3).map { (site: UInt16) in
        let all = Variable(key.at(layer: 0, site: site).uniform([90, 8], in: -2..<2))
        return Trainable("\(site)", all.rows(rows).value)
      }
      let y = attention(
        query: Variable(parts[0]), key: Variable(parts[1]), value: Variable(parts[2]),
        segments: AttentionSegments(Segments(lengths: lengths)), rules: rules)
      let gradients = Gradients()
      gradients.backward(from: (y * y).sum)
      return [y.value.elements] + parts.map { gradients[$0]?.elements ?? [] }
    }
    let packed = run(0..<90, [20, 70])
    let (first, second) = (run(0..<20, [20]), run(20..<90, [70]))
    for i in packed.indices {
      #expect(relative(packed[i], (first[i] + second[i]).map(Double.init)) < 1e-6)
    }
  }
}
