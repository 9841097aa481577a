import AdaptGradients
import AdaptModels
import AdaptTensors
import Testing

/// Each kind of site is reached, and what stands there decides.
struct SiteTests {
  private static let text: [Int32] = [1, 5, 9, 2, 11, 3]

  @Test func anEmptyAdapterChangesNothing() throws {
    let model = try TinyLlama().model()
    let base = try model.logits([Self.text])
    #expect(try model.logits([Self.text], in: Pass(adapter: Adapter())) == base)
  }

  /// Alone or in a group with others, called or as a low-rank sum, a linear adapter is the same.
  @Test func linearAdaptersAreCalledOrSummed() throws {
    let model = try TinyLlama().model()
    let base = try model.logits([Self.text])
    var (called, summed) = (Adapter(), Adapter())
    for (number, layer) in model.outline.linears.enumerated() where number % 3 != 1 {
      let key = RandomKey(seed: 3, layer: UInt16(number))
      let down = key.normal([2, layer.inputs], deviation: 0.2)
      let up = key.at(layer: 99, site: 1).normal([layer.outputs, 2], deviation: 0.2)
      called.linears[layer.site.number] = Update(down: down, up: up, isSum: false)
      summed.linears[layer.site.number] = Update(down: down, up: up, isSum: true)
    }
    let one = try model.logits([Self.text], in: Pass(adapter: called))
    let two = try model.logits([Self.text], in: Pass(adapter: summed))
    #expect(largestDifference(one, two) < 1e-5)
    #expect(largestDifference(one, base) > 0.1)
  }

  @Test func everyLinearSiteIsReached() throws {
    let model = try TinyLlama().model()
    let base = try model.logits([Self.text])
    for layer in model.outline.linears {
      var adapter = Adapter()
      adapter.linears[layer.site.number] = Twice()
      let changed = try model.logits([Self.text], in: Pass(adapter: adapter))
      #expect(largestDifference(changed, base) > 1e-3, "\(layer.site.path)")
    }
  }

  /// A prompt of the rows of a text is that text, whole and over a cache, and labels follow it.
  @Test func aPromptOfRowsIsItsText() throws {
    let model = try TinyLlama().model()
    let (prompt, rest) = (Array(Self.text.prefix(2)), Array(Self.text.dropFirst(2)))
    var adapter = Adapter()
    let words = model.outline.embeddings[0].table.tensor
    adapter.prompt = Rows(rows: Variable(words).gatheringRows(prompt).value)
    var pass = Pass(.prefill, adapter: adapter)
    let whole = try model.logits([Self.text])
    #expect(largestDifference(try model.logits([rest], in: pass), whole) < 1e-6)

    let labels = [ignoredLabel, ignoredLabel] + rest
    let plain = try model.loss(TokenBatch([Self.text]), labels: labels, in: Pass())
    let prompted = try model.loss(TokenBatch([rest]), labels: rest, in: pass)
    #expect(abs(plain.value.elements[0] - prompted.value.elements[0]) < 1e-6)
    let logs = try model.tokenLogProbabilities(TokenBatch([rest]), in: pass).value.elements
    let wholeLogs = try model.tokenLogProbabilities(TokenBatch([Self.text]), in: Pass())
    #expect(largestDifference(logs, wholeLogs.value.elements.suffix(4)) < 1e-6)

    pass.cache = StackingCache()
    _ = try model.logits([Array(rest.prefix(3))], in: pass)
    pass.phase = .decode
    let last = try model.logits([Array(rest.suffix(1))], in: pass)
    #expect(largestDifference(last, whole.suffix(TinyLlama.vocabulary)) < 5e-6)
  }

  /// Keys and values that a text really has, as a prefix, are that text; the cache never holds them.
  @Test func aPrefixOfRealKeysIsItsText() throws {
    let model = try TinyLlama().model()
    let (prefix, rest) = (Array(Self.text.prefix(2)), Array(Self.text.dropFirst(2)))
    let recorded = Recorder()
    var pass = Pass(.prefill)
    pass.cache = recorded
    _ = try model.logits([prefix], in: pass)
    var adapter = Adapter()
    adapter.positionOffset = prefix.count
    for (layer, pair) in recorded.layers.enumerated() {
      adapter.attentions[layer] = Prefix(keys: pair.0, values: pair.1)
    }
    let whole = try model.logits([Self.text])
    pass = Pass(.prefill, adapter: adapter)
    let expected = whole.suffix(rest.count * TinyLlama.vocabulary)
    #expect(largestDifference(try model.logits([rest], in: pass), expected) < 5e-6)

    let cache = StackingCache()
    pass.cache = cache
    _ = try model.logits([Array(rest.prefix(3))], in: pass)
    pass.phase = .decode
    let last = try model.logits([Array(rest.suffix(1))], in: pass)
    #expect(largestDifference(last, whole.suffix(TinyLlama.vocabulary)) < 5e-6)
    #expect(cache.lengths == [rest.count])
  }

  /// One value for the prefixes of all layers, computed once a run, whether layers are run again or not.
  @Test func aPrologueIsSharedByAllLayers() throws {
    let model = try TinyLlama().model()
    var results: [(loss: Float, gradient: [Float])] = []
    for isCheckpointed in [false, true] {
      let prefixes = Prefixes(layers: 2)
      var adapter = Adapter()
      adapter.prologue = prefixes
      for layer in 0..<2 { adapter.attentions[layer] = prefixes }
      var pass = Pass(.train, adapter: adapter)
      pass.isCheckpointed = isCheckpointed
      let batch = TokenBatch([Self.text, [4, 7]])
      let loss = try model.loss(batch, labels: batch.tokens, in: pass)
      let gradients = Gradients()
      gradients.backward(from: loss)
      #expect(prefixes.runs == 1)
      results.append((loss.value.elements[0], try #require(gradients[prefixes.values]).elements))
    }
    #expect(results[0].loss == results[1].loss)
    #expect(results[0].gradient == results[1].gradient)
    #expect(results[0].gradient.contains { abs($0) > 1e-4 })
  }

  @Test func sublayersAreWrapped() throws {
    let model = try TinyLlama().model()
    var adapter = Adapter()
    for layer in 0..<2 {
      adapter.sublayers[.attention(layer: layer)] = Silent()
      adapter.sublayers[.feedForward(layer: layer)] = Silent()
    }
    var states: [[Float]] = []
    _ = try model.hidden(TokenBatch([Self.text]), in: Pass(adapter: adapter)) {
      states.append($0.value.elements)
    }
    // Nothing is added to the stream: behind the first layer it still is the embeddings.
    #expect(states.count == 3 && states[0] == states[1])
    adapter = Adapter()
    adapter.sublayers[.block(layer: 1)] = Silent()
    let hidden = try model.hidden(TokenBatch([Self.text]), in: Pass(adapter: adapter))
    #expect(hidden.values.value.elements.allSatisfy { $0 == 0 })
  }

  /// The stream that entered a part is there for whatever stands inside it.
  @Test func theStreamIsKnownInside() throws {
    let model = try TinyLlama().model()
    let probe = Probe()
    var adapter = Adapter()
    for layer in model.outline.linears { adapter.linears[layer.site.number] = probe }
    for layer in 0..<2 { adapter.attentions[layer] = probe }
    _ = try model.hidden(TokenBatch([Self.text]), in: Pass(adapter: adapter))
    #expect(probe.seen == 2 * 8)
    #expect(probe.missing == 0)
  }

  @Test func embeddingsAreWrapped() throws {
    let model = try TinyLlama().model()
    let base = try model.logits([Self.text])
    var adapter = Adapter()
    adapter.embeddings[model.outline.embeddings[0].site.number] = NextRow()
    let moved = try model.logits([Self.text], in: Pass(adapter: adapter))
    #expect(moved == (try model.logits([Self.text.map { $0 + 1 }])))
    #expect(moved != base)
  }

  /// What lies below the first trained value records nothing.
  @Test func layersBelowAreNotRecorded() throws {
    let model = try TinyLlama().model()
    let adapter = Adapter(training: model.outline) {
      $0.name == "model.layers.1.mlp.up_proj.weight"
    }
    var wanted: [Bool] = []
    _ = try model.hidden(TokenBatch([Self.text]), in: Pass(.train, adapter: adapter)) {
      wanted.append($0.wantsGradient)
    }
    #expect(wanted == [false, false, true])
  }
}

private struct Update: LinearAdapter {
  let down: Tensor
  let up: Tensor
  let isSum: Bool
  private var update: LowRankUpdate {
    LowRankUpdate(down: Variable(down), up: Variable(up), scale: 0.5)
  }

  init(down: Tensor, up: Tensor, isSum: Bool) {
    self.down = down
    self.up = up
    self.isSum = isSum
  }

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    base(x) + x.lowRank(update)
  }

  func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate? {
    isSum ? update : nil
  }

  func merged(into base: BaseLinear) -> MergedLinear? { nil }
}

private struct Twice: LinearAdapter {
  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    base(x).scaled(by: 2)
  }

  func merged(into base: BaseLinear) -> MergedLinear? { nil }
}

private struct Rows: PromptAdapter {
  let rows: Tensor
  var count: Int { rows.rows }
  func callAsFunction(in pass: Pass) -> Variable { Variable(rows) }
}

private struct Prefix: AttentionAdapter {
  let keys: Tensor
  let values: Tensor

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    let prefix = AttentionPrefix(keys: Variable(keys), values: Variable(values))
    return base(query, key, value, prefix: prefix, in: pass)
  }
}

/// Keys and values of all layers as columns of one trained value.
private final class Prefixes: PassPrologue, AttentionAdapter, @unchecked Sendable {
  let values: Trainable
  private(set) var runs = 0

  init(layers: Int) {
    values = Trainable(
      "prefixes", RandomKey(seed: 4).normal([3, layers * 2 * 8], deviation: 0.5))
  }

  func callAsFunction(in pass: Pass) -> [Variable] {
    runs += 1
    return [Variable(values).scaled(by: 0.5)]
  }

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    let start = base.layer * 16
    let (keys, values) = (start..<start + 8, start + 8..<start + 16)
    return base(
      query, key, value,
      prefix: AttentionPrefix(
        keys: pass.shared[0].columns(keys), values: pass.shared[0].columns(values)), in: pass)
  }
}

private struct Silent: SublayerAdapter {
  func callAsFunction(
    _ h: Variable, through base: (Variable) -> Variable, in pass: Pass
  ) -> Variable {
    base(h).scaled(by: 0)
  }
}

private struct NextRow: EmbeddingAdapter {
  func callAsFunction(
    _ numbers: [Int32], through base: BaseEmbedding, in pass: Pass
  ) -> Variable {
    base(numbers.map { $0 + 1 })
  }

  func merged(into base: BaseEmbedding) -> TensorSource? { nil }
}

/// Counts its calls, and those without a stream.
private final class Probe: LinearAdapter, AttentionAdapter, @unchecked Sendable {
  var seen = 0
  var missing = 0

  private func look(_ pass: Pass) {
    seen += 1
    if pass.sublayerInput == nil || pass.layer == nil { missing += 1 }
  }

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    look(pass)
    return base(x)
  }

  func merged(into base: BaseLinear) -> MergedLinear? { nil }

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    look(pass)
    return base(query, key, value, in: pass)
  }
}

/// Notes the keys and values of one run.
private final class Recorder: AttentionCache {
  var layers: [(Tensor, Tensor)] = []
  var lengths: [Int] { [] }

  func attend(
    _ new: (query: Tensor, key: Tensor, value: Tensor), prefix: AttentionPrefix?,
    at layer: BaseAttention, segments: Segments
  ) -> Tensor {
    layers.append((new.key, new.value))
    return attention(
      query: Variable(new.query), key: Variable(new.key), value: Variable(new.value),
      segments: AttentionSegments(segments), prefix: prefix, rules: layer.rules
    ).value
  }
}
