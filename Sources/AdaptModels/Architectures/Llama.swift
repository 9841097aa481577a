// Llama, and what shares its equations and its `model_type`: TinyLlama, SmolLM 1 and 2, Yi, DeepSeek LLM.

/// A Llama is the decoder as it stands.
package typealias Llama = Decoder
package typealias LlamaConfiguration = DecoderConfiguration

extension DecoderFamily {
  static let llama = DecoderFamily(
    type: "llama", className: "Llama", special: SpecialNumbers(begin: 1, ends: [2])
  ) { _, _ in }
}
