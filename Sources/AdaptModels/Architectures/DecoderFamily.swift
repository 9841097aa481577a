// The families of decoders: one line and one file each.
import AdaptTensors

/// What a family's files take for granted, and what it varies.
struct DecoderFamily: Sendable {
  /// `model_type` of its configurations.
  let type: String
  /// What class names of the transformers library begin with.
  let className: String
  var epsilon = 1e-6
  var isTied = false
  var nonlinearity = Nonlinearity.silu
  var nonlinearityKey = "hidden_act"
  var rotaryBase = RotarySettings.usualBase
  /// Tokens where the file says nothing of them.
  var special = SpecialNumbers()
  /// Keys that must be there, if only as null: their absence would mean sizes of one published model.
  var required: [String] = []
  /// Keys that `read` takes and other families refuse.
  var own: Set<String> = []
  /// Takes what the family varies.
  let read: Reading

  typealias Reading =
    @Sendable (ConfigurationFile, inout DecoderConfiguration) throws(ModelFault) -> Void

  static let all: [DecoderFamily] = [.llama, .mistral, .qwen2, .qwen3, .gemma2, .phi3, .smolLM3]
}
