// Adapters of every kind are really called, at every site and on both ways to a dense layer.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Synchronization
import Testing

struct BertAdapterTests {
  private let batch = TokenBatch([[2, 50, 61, 3], [2, 9, 3]])

  @Test func everyDenseLayerIsCalledThroughItsAdapter() throws {
    let model = try BertClassifier(folder: ModelFixtures.bertClassifier)
    #expect(model.outline.linears.count == 2 * 6 + 2)
    let calls = Calls()
    var adapter = Adapter()
    for linear in model.outline.linears {
      adapter.linears[linear.site.number] = CountingLinear(calls: calls)
    }
    let adapted = try logits(model, adapter)
    let paths = calls.names
    #expect(paths.sorted() == model.outline.linears.map(\.site.path).sorted())
    #expect(paths.contains("bert.encoder.layer.1.attention.self.value"))
    // Through the adapter bias and activation are operations of their own, of equal bits here.
    try #expect(largestDifference(adapted, logits(model, nil)) < 1e-6)
  }

  @Test func lowRankUpdatesAreAddedBeforeTheActivation() throws {
    let model = try BertClassifier(folder: ModelFixtures.bertClassifier)
    for name in ["attention.self.key", "intermediate.dense", "output.dense"] {
      let linear = try #require(
        model.outline.linears.first { $0.site.path.hasSuffix("layer.0." + name) })
      let key = RandomKey(seed: 5)
      let (down, up) = (
        key.uniform([2, linear.inputs], in: -0.3..<0.3),
        key.at(layer: 1, site: 0).uniform([linear.outputs, 2], in: -0.3..<0.3)
      )
      let called = Calls()
      let results = try [false, true].map { isTogether in
        var adapter = Adapter()
        adapter.linears[linear.site.number] = Update(
          down: down, up: up, isTogether: isTogether, calls: called)
        return try logits(model, adapter)
      }
      #expect(called.names == [linear.site.path], "one of the two ways calls the adapter")
      #expect(largestDifference(results[0], results[1]) < 2e-6)
      try #expect(largestDifference(results[0], logits(model, nil)) > 1e-3)
    }
  }

  @Test func tablesAttentionAndPartsAreCalledThroughTheirAdapters() throws {
    let model = try BertClassifier(folder: ModelFixtures.bertClassifier)
    let calls = Calls()
    var adapter = Adapter()
    for table in model.outline.embeddings {
      adapter.embeddings[table.site.number] = CountingEmbedding(calls: calls)
    }
    for layer in 0..<model.outline.layers {
      adapter.attentions[layer] = CountingAttention(calls: calls)
      for part in [
        Sublayer.attention(layer: layer), .feedForward(layer: layer), .block(layer: layer),
      ] {
        adapter.sublayers[part] = CountingPart(part: part, calls: calls)
      }
    }
    try #expect(largestDifference(logits(model, adapter), logits(model, nil)) == 0)
    let tables = model.outline.embeddings.map(\.site.path)
    #expect(tables.count == 3)
    let layers = (0..<2).flatMap { layer in
      ["block(layer: \(layer))", "attention(layer: \(layer))", "heads \(layer)"]
        + ["feedForward(layer: \(layer))"]
    }
    #expect(calls.names.sorted() == (tables + layers).sorted())
  }

  @Test func partsGiveWhatIsAddedBeforeTheNorm() throws {
    let model = try Bert(folder: ModelFixtures.bert)
    var adapter = Adapter()
    adapter.sublayers[.feedForward(layer: 1)] = Silence()
    adapter.sublayers[.attention(layer: 1)] = Silence()
    var before: Variable?
    var count = 0
    let states = try model.hidden(batch, in: Pass(adapter: adapter)) { state in
      count += 1
      if count == 2 { before = state }
    }
    func norm(_ name: String) throws -> Tensor {
      try #require(model.outline.parameter(named: "encoder.layer.1.\(name)")).tensor
    }
    var x = try #require(before).value
    for part in ["attention.output", "output"] {
      x = x.layerNormalised(
        gain: try norm("\(part).LayerNorm.weight"), shift: try norm("\(part).LayerNorm.bias"),
        epsilon: model.configuration.epsilon)
    }
    #expect(largestDifference(states.values.value.elements, x.elements) < 1e-6)
  }

  @Test func virtualTokensStandBeforeEachSegment() throws {
    let model = try Bert(folder: ModelFixtures.bert)
    let words = try #require(model.outline.embeddings.first).table.tensor
    let prompt: [Int32] = [17, 200]
    var adapter = Adapter()
    adapter.prompt = Prompt(rows: words.gatheringRows(prompt.map { Int($0) }))
    let states = try model.hidden(batch, in: Pass(adapter: adapter))
    let written = try model.hidden(
      TokenBatch([prompt + [2, 50, 61, 3], prompt + [2, 9, 3]]), in: Pass())
    #expect(states.virtual == 2 && states.segments == written.segments)
    #expect(states.values.value.elements == written.values.value.elements)
    let typed = TokenBatch(
      tokens: batch.tokens, segments: batch.segments, types: [1, 1, 1, 1, 0, 0, 1])
    let types = try model.hidden(typed, in: Pass(adapter: adapter))
    #expect(types.values.value.elements != states.values.value.elements)
  }

  private func logits(_ model: BertClassifier, _ adapter: Adapter?) throws -> [Float] {
    let pass = Pass(adapter: adapter)
    return model.logits(try model.hidden(batch, in: pass), in: pass).value.elements
  }
}

/// Who was called.
private final class Calls: Sendable {
  private let state = Mutex<[String]>([])
  var names: [String] { state.withLock { $0 } }
  func add(_ name: String) { state.withLock { $0.append(name) } }
}

private struct CountingLinear: LinearAdapter {
  let calls: Calls

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    calls.add(base.site.path)
    return base(x)
  }

  func merged(into base: BaseLinear) -> MergedLinear? { nil }
}

private struct Update: LinearAdapter {
  let down: Tensor
  let up: Tensor
  let isTogether: Bool
  let calls: Calls

  private var update: LowRankUpdate {
    LowRankUpdate(down: Variable(down), up: Variable(up), scale: 2)
  }

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    calls.add(base.site.path)
    return base(x) + x.lowRank(update)
  }

  func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate? {
    isTogether ? update : nil
  }

  func merged(into base: BaseLinear) -> MergedLinear? { nil }
}

private struct CountingEmbedding: EmbeddingAdapter {
  let calls: Calls

  func callAsFunction(_ numbers: [Int32], through base: BaseEmbedding, in pass: Pass) -> Variable {
    calls.add(base.site.path)
    return base(numbers)
  }

  func merged(into base: BaseEmbedding) -> TensorSource? { nil }
}

private struct CountingAttention: AttentionAdapter {
  let calls: Calls

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    calls.add("heads \(base.layer)")
    return base(query, key, value, in: pass)
  }
}

private struct CountingPart: SublayerAdapter {
  let part: Sublayer
  let calls: Calls

  func callAsFunction(_ h: Variable, through base: (Variable) -> Variable, in pass: Pass)
    -> Variable
  {
    calls.add("\(part)")
    return base(h)
  }
}

/// Adds nothing to the stream.
private struct Silence: SublayerAdapter {
  func callAsFunction(_ h: Variable, through base: (Variable) -> Variable, in pass: Pass)
    -> Variable
  {
    h.scaled(by: 0)
  }
}

private struct Prompt: PromptAdapter {
  let rows: Tensor
  var count: Int { rows.rows }
  func callAsFunction(in pass: Pass) -> Variable { Variable(rows) }
}
