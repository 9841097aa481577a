// The keys and values of a text as a prefix: one run of the model, written down.
import AdaptGradients
import AdaptModels
import AdaptSystem
import AdaptTensors

/// Writes down the keys and values of every layer of one run.
final class PrefixRecorder: AttentionCache {
  private var parts: [Variable] = []

  var lengths: [Int] { [] }

  func attend(
    _ new: (query: Tensor, key: Tensor, value: Tensor), prefix: AttentionPrefix?,
    at layer: BaseAttention, segments: Segments
  ) -> Tensor {
    parts += [Variable(new.key), Variable(new.value)]
    return attention(
      query: Variable(new.query), key: Variable(new.key), value: Variable(new.value),
      segments: AttentionSegments(segments), prefix: prefix, rules: layer.rules
    ).value
  }

  /// `[tokens, 2 · L · K · W]` in the order of a prefix.
  ///
  /// - Throws: `PEFTFault.setting` for tokens that are none of the model's, or more than it takes.
  static func rows(
    of tokens: [Int32], in model: any AdaptableModel
  ) throws(PEFTFault) -> Tensor {
    try tokens.check(vocabulary: model.outline.embeddings.first?.rows ?? 0, key: "init_weights")
    let recorder = PrefixRecorder()
    var pass = Pass()
    pass.cache = recorder
    do throws(ModelFault) {
      try recorder.run(model, TokenBatch([tokens]), pass)
    } catch {
      throw .setting(
        path: nil, key: "init_weights", wanted: "a text that the model can read",
        got: error.diagnosis.what, hint: error.diagnosis.hint)
    }
    return joiningColumns(recorder.parts).value
  }

  /// Runs, for what it writes down alone.
  private func run(
    _ model: any AdaptableModel, _ batch: TokenBatch, _ pass: Pass
  ) throws(ModelFault) {
    _ = try model.hidden(batch, in: pass)
  }
}
