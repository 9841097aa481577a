// The names that llama.cpp gives to weights, and how it reorders them: by architecture.
import AdaptModels
import AdaptSystem
import AdaptTensors

/// Names of one architecture, by the end of a module's path behind its layer.
struct GGUFNames {
  /// `general.architecture`.
  let architecture: String
  private let layer: [String: String]
  /// Parts of which llama.cpp pairs neighbouring rows of a head for rotation, where the model pairs halves.
  private let rotated: Set<String>
  private let model: ModelOutline
  private let shared: Set<Int>

  private static let separate = [
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
  ]
  private static let fused = [
    "self_attn.qkv_proj": "attn_qkv", "self_attn.o_proj": "attn_output",
    "mlp.gate_up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
  ]
  private static let ofGPT2 = [
    "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up",
    "mlp.c_proj": "ffn_down",
  ]
  /// By `model_type`: llama.cpp's name, the modules, and whether queries and keys are reordered.
  ///
  /// As its converters do (github.com/ggml-org/llama.cpp, `conversion` and gguf-py/gguf/tensor_mapping.py).
  private static let known: [String: (String, [String: String], Bool)] = [
    "llama": ("llama", separate, true), "mistral": ("llama", separate, true),
    "smollm3": ("smollm3", separate, true), "qwen2": ("qwen2", separate, false),
    "qwen3": ("qwen3", separate, false), "gemma2": ("gemma2", separate, false),
    "phi3": ("phi3", fused, false), "gpt2": ("gpt2", ofGPT2, false),
  ]

  /// - Throws: `PEFTFault.notConvertible` for a model that llama.cpp has no adapters for.
  init(_ model: ModelOutline) throws(PEFTFault) {
    guard let (name, modules, isReordered) = Self.known[model.architecture] else {
      throw GGUFAdapter.refusal(
        "no names of llama.cpp are known for `\(model.architecture.excerpt)`",
        "known are \(Self.known.keys.sorted().joined(separator: ", "))")
    }
    architecture = name
    layer = modules
    rotated = isReordered ? ["attn_q", "attn_k"] : []
    self.model = model
    shared = model.sharedParameters
  }

  /// The name of the weight at `linear`, and the order of its rows where llama.cpp has another.
  func weight(of linear: Linear) throws(PEFTFault) -> (name: String, order: [Int32]?) {
    let path = linear.site.path
    guard let number = linear.site.layer, model.layerPaths.indices.contains(number),
      path.hasPrefix(model.layerPaths[number] + "."),
      let name = layer[String(path.dropFirst(model.layerPaths[number].count + 1))]
    else {
      guard linear.site == model.head, path == "lm_head" else { throw unknown(path) }
      return (try own("output.weight", linear.weight, path), nil)
    }
    let order = rotated.contains(name) ? rotation(linear.outputs) : nil
    return ("blk.\(number).\(name).weight", order)
  }

  /// The name of the table of words.
  func table(_ table: Embedding) throws(PEFTFault) -> String {
    let path = table.site.path
    guard table.site == model.embeddings.first?.site else { throw unknown(path) }
    return try own("token_embd.weight", table.table, path)
  }

  /// llama.cpp takes a tied table for the output too, with the adapter's shapes the wrong way round.
  private func own(
    _ name: String, _ parameter: ModelParameter, _ path: String
  ) throws(PEFTFault) -> String {
    guard !shared.contains(parameter.number) else {
      throw GGUFAdapter.refusal(
        "`\(path.excerpt)` shares its weight with another place of the model",
        "train the adapter without `\(path.excerpt)`")
    }
    return name
  }

  private func unknown(_ path: String) -> PEFTFault {
    GGUFAdapter.refusal(
      "llama.cpp applies no adapter at `\(path.excerpt)`", MethodTraits.Way.merged("").wayOut)
  }

  /// Row `2j + p` of a head is row `p W/2 + j` of the model's, W rows a head.
  private func rotation(_ rows: Int) -> [Int32]? {
    let width = model.headWidth
    guard width > 0, width % 2 == 0, rows % width == 0 else { return nil }
    return (0..<rows).map { row in
      let (head, place) = (row / width, row % width)
      return Int32(clamping: head * width + place % 2 * (width / 2) + place / 2)
    }
  }
}
