// A small Llama folder with random weights, for what can be said of any Llama.
import AdaptGradients
import AdaptModels
import AdaptTensors
import AdaptTestSupport
import Foundation

struct TinyLlama {
  static let vocabulary = 23
  let folder: TemporaryFolder
  var tensors: [(String, Tensor)] = []

  /// Two layers, width 16, 4 heads of 4 over 2 key heads; weights far enough from zero that all of them count.
  init(_ changes: [String: Any] = [:]) throws {
    folder = try TemporaryFolder()
    var configuration: [String: Any] = [
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 16,
      "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4,
      "num_key_value_heads": 2, "vocab_size": Self.vocabulary, "max_position_embeddings": 64,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "silu",
      "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2,
    ]
    configuration.merge(changes) { $1 }
    try JSONSerialization.data(withJSONObject: configuration)
      .write(to: URL(fileURLWithPath: folder.path("config.json")))
    var names: [(String, [Int])] = [
      ("model.embed_tokens.weight", [Self.vocabulary, 16]), ("model.norm.weight", [16]),
      ("lm_head.weight", [Self.vocabulary, 16]),
    ]
    for layer in 0..<2 {
      let name = "model.layers.\(layer)."
      names += [
        ("self_attn.q_proj", [16, 16]), ("self_attn.k_proj", [8, 16]),
        ("self_attn.v_proj", [8, 16]), ("self_attn.o_proj", [16, 16]),
        ("mlp.gate_proj", [20, 16]), ("mlp.up_proj", [20, 16]), ("mlp.down_proj", [16, 20]),
        ("input_layernorm", [16]), ("post_attention_layernorm", [16]),
      ].map { (name + $0.0 + ".weight", $0.1) }
    }
    for (number, (name, shape)) in names.enumerated() {
      let key = RandomKey(seed: 7, layer: UInt16(number))
      let isNorm = shape.count == 1
      let noise = key.normal(shape, deviation: isNorm ? 0.1 : 0.3)
      tensors.append((name, isNorm ? Tensor(shape, noise.elements.map { $0 + 1 }) : noise))
    }
  }

  var url: URL { URL(fileURLWithPath: folder.path) }

  /// Writes the weights and opens the model.
  func model() throws -> Llama {
    try write()
    return try Llama(folder: url)
  }

  func write() throws {
    try SafetensorsWriter.write(
      tensors.map { TensorOutput($0.0, $0.1) }, to: url.appendingPathComponent("model.safetensors"))
  }
}

extension Llama {
  /// The logits of every token of `sequences`, one after the other.
  func logits(_ sequences: [[Int32]], in pass: Pass = Pass()) throws -> [Float] {
    let states = try hidden(TokenBatch(sequences), in: pass)
    return logits(states, in: pass).value.elements
  }
}
