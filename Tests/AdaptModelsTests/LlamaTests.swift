import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

/// What holds for every Llama, whatever its numbers; equality with the reference is in the golden suite.
struct LlamaTests {
  static let sequences: [[Int32]] = [[1, 5, 9, 2, 11, 3], [4], [8, 8, 20, 7]]

  @Test func aBatchEqualsItsRows() throws {
    let model = try TinyLlama().model()
    let together = try model.logits(Self.sequences)
    let alone = try Self.sequences.flatMap { try model.logits([$0]) }
    // Products of other heights round differently: a few units in the last place of numbers near 1.
    #expect(largestDifference(together, alone) < 5e-6)
  }

  @Test func aTokenSeesNoneBehindIt() throws {
    let model = try TinyLlama().model()
    let whole = try model.logits([[1, 5, 9, 2]])
    let changed = try model.logits([[1, 5, 9, 17]])
    let known = 3 * TinyLlama.vocabulary
    #expect(whole.prefix(known) == changed.prefix(known))
    #expect(whole.suffix(TinyLlama.vocabulary) != changed.suffix(TinyLlama.vocabulary))
  }

  /// The last rows of a run over a cache equal those of the whole text.
  @Test func cachedEqualsWhole() throws {
    let model = try TinyLlama().model()
    let whole = try Self.sequences.map { try model.logits([$0 + [6, 12]]) }
    var pass = Pass(.prefill)
    pass.cache = StackingCache()
    _ = try model.logits(Self.sequences, in: pass)
    pass.phase = .decode
    let next = try model.logits(Self.sequences.map { _ in [6] }, in: pass)
    let last = try model.logits(Self.sequences.map { _ in [12] }, in: pass)
    let width = TinyLlama.vocabulary
    for (row, whole) in whole.enumerated() {
      let expected = whole.suffix(2 * width)
      #expect(
        largestDifference(next[row * width..<(row + 1) * width], expected.prefix(width)) < 5e-6)
      #expect(
        largestDifference(last[row * width..<(row + 1) * width], expected.suffix(width)) < 5e-6)
    }
  }

  @Test func gradientsDoNotDependOnCheckpoints() throws {
    let model = try TinyLlama().model()
    let (kept, again) = (try gradients(model, false), try gradients(model, true))
    #expect(kept.count == model.outline.parameters.count)
    #expect(kept == again)
  }

  private func gradients(_ model: Llama, _ isCheckpointed: Bool) throws -> [String: [Float]] {
    var pass = Pass(.train, adapter: Adapter(training: model.outline) { _ in true })
    pass.isCheckpointed = isCheckpointed
    let batch = TokenBatch(Self.sequences)
    let gradients = Gradients()
    gradients.backward(from: try model.loss(batch, labels: batch.tokens, in: pass))
    return Dictionary(
      uniqueKeysWithValues: gradients.trainables.map { ($0.name, gradients[$0]?.elements ?? []) })
  }

  /// The gradient of a whole model against central differences of its own loss.
  @Test func gradientsEqualDifferences() throws {
    let model = try TinyLlama().model()
    let name = "model.layers.0.self_attn.k_proj.weight"
    let adapter = Adapter(training: model.outline) { $0.name == name }
    let parameter = try #require(model.outline.parameter(named: name))
    guard case .trainable(let trainable) = adapter.parameters[parameter.number] else {
      Issue.record("not trained")
      return
    }
    let batch = TokenBatch(Self.sequences)
    let pass = Pass(.train, adapter: adapter)
    let gradients = Gradients()
    gradients.backward(from: try model.loss(batch, labels: batch.tokens, in: pass))
    let gradient = try #require(gradients[trainable]).elements
    let start = trainable.value.elements
    for place in [0, 17, 63, 127] {
      let losses = try [Float(0.01), -0.01].map { step in
        var moved = start
        moved[place] += step
        trainable.update(to: Tensor(parameter.shape, moved))
        return try model.loss(batch, labels: batch.tokens, in: pass).value.elements[0]
      }
      // f32 losses near 3 differ by 2e-7 in the last place: 1e-5 of slope at this step, and the curvature.
      #expect(abs((losses[0] - losses[1]) / 0.02 - gradient[place]) < 5e-5)
    }
  }

  @Test func labelsAreOfTheNextToken() throws {
    let model = try TinyLlama().model()
    let batch = TokenBatch(Self.sequences)
    let logs = try model.tokenLogProbabilities(batch, in: Pass()).value.elements
    let firsts = [0, 6, 7]
    #expect(firsts.allSatisfy { logs[$0] == 0 })
    let loss = try model.loss(batch, labels: batch.tokens, in: Pass()).value.elements[0]
    #expect(abs(loss + logs.reduce(0, +) / 8) < 1e-6)
    // A label that is ignored takes its token out of the mean; the first of a segment is never predicted.
    var labels = batch.tokens
    labels[2] = ignoredLabel
    labels[0] = ignoredLabel
    let rest = try model.loss(batch, labels: labels, in: Pass()).value.elements[0]
    #expect(abs(rest + (logs.reduce(0, +) - logs[2]) / 7) < 1e-6)
    let part = try model.loss(batch, labels: batch.tokens, count: 16, in: Pass()).value.elements[0]
    #expect(abs(part - loss / 2) < 1e-6)
  }

  @Test func tiedAndOwnHeads() throws {
    var tiny = try TinyLlama(["tie_word_embeddings": true])
    tiny.tensors.removeAll { $0.0 == "lm_head.weight" }
    let model = try tiny.model()
    #expect(model.head.weight.number == 0)
    #expect(model.outline.parameters.count == 20)
    #expect(model.outline.linears.count == 15)
  }

  @Test func refusesWhatDoesNotFit() throws {
    var missing = try TinyLlama()
    missing.tensors.removeAll { $0.0 == "model.layers.1.mlp.up_proj.weight" }
    #expect(throws: ModelFault.self) { try missing.model() }
    var surplus = try TinyLlama()
    surplus.tensors.append(
      ("model.layers.0.mlp.up_proj.bias", Tensor([20], Array(repeating: 0, count: 20))))
    #expect {
      try surplus.model()
    } throws: { fault in
      guard case .surplus(_, let names, let nearest) = fault as? ModelFault else { return false }
      return names == ["model.layers.0.mlp.up_proj.bias"]
        && nearest == "model.layers.0.mlp.up_proj.weight"
    }
    #expect(throws: ModelFault.self) { try TinyLlama(["num_hidden_layers": 1]).model() }
    #expect(throws: ModelFault.self) { try TinyLlama(["hidden_size": 32]).model() }
    #expect(throws: ModelFault.self) { try TinyLlama(["num_key_value_heads": 3]).model() }
    let model = try TinyLlama().model()
    #expect(throws: ModelFault.tokenOutOfRange(id: 23, vocabulary: 23)) {
      try model.logits([[23]])
    }
    #expect(throws: ModelFault.tokenOutOfRange(id: -1, vocabulary: 23)) {
      try model.logits([[-1]])
    }
    #expect(throws: ModelFault.tooLong(tokens: 65, limit: 64)) {
      try model.logits([Array(repeating: 1, count: 65)])
    }
    #expect(throws: ModelFault.tokenOutOfRange(id: 23, vocabulary: 23)) {
      try model.loss(TokenBatch([[1, 2]]), labels: [1, 23], in: Pass())
    }
  }

  @Test func anEmptyBatchHasNoLogits() throws {
    let model = try TinyLlama().model()
    #expect(try model.logits([]).isEmpty)
    #expect(try model.loss(TokenBatch([]), labels: [], in: Pass()).value.elements == [0])
  }
}

/// The plainest cache: every run stacks what there is anew.
final class StackingCache: AttentionCache {
  private var layers: [[(keys: [Float], values: [Float])]] = []
  private var width = 0

  var lengths: [Int] { width == 0 ? [] : (layers.last ?? []).map { $0.keys.count / width } }

  func attend(
    _ new: (query: Tensor, key: Tensor, value: Tensor), prefix: AttentionPrefix?,
    at layer: BaseAttention, segments: Segments
  ) -> Tensor {
    let all = extend(layer: layer.layer, keys: new.key, values: new.value, segments: segments)
    return attention(
      query: Variable(new.query), key: Variable(all.keys), value: Variable(all.values),
      segments: AttentionSegments(queries: segments, keys: all.segments), prefix: prefix,
      rules: layer.rules
    ).value
  }

  private func extend(
    layer: Int, keys: Tensor, values: Tensor, segments: Segments
  ) -> (keys: Tensor, values: Tensor, segments: Segments) {
    width = keys.columns
    while layers.count <= layer {
      layers.append(Array(repeating: ([], []), count: segments.count))
    }
    let (k, v) = (keys.elements, values.elements)
    for segment in 0..<segments.count {
      let part = segments[segment].lowerBound * width..<segments[segment].upperBound * width
      layers[layer][segment].keys += k[part]
      layers[layer][segment].values += v[part]
    }
    let all = layers[layer]
    let rows = all.map { $0.keys.count / width }
    let shape = [rows.reduce(0, +), width]
    return (
      Tensor(shape, all.flatMap(\.keys)), Tensor(shape, all.flatMap(\.values)),
      Segments(lengths: rows)
    )
  }
}
