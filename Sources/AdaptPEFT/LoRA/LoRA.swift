// LoRA (Hu et al., arXiv:2106.09685): a trained product of two thin matrices beside frozen layers.
package import AdaptGradients
package import AdaptModels
import AdaptTensors

/// Low-rank adaptation, rank-stabilised on request.
package struct LoRA: PEFTMethod {
  package static let name = "lora"
  package static let peftType: String? = fileType
  static let fileType = "LORA"

  private let configuration: LoRAConfiguration

  package init(_ configuration: LoRAConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    let plan = try LoRAPlan(configuration, model, key: key)
    return AttachedLoRA(plan, values: plan.slots.map { $0.initial() })
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try LoRAPlan(configuration, model, key: RandomKey(seed: 0)).slots
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let configuration = try LoRAConfiguration(files)
    let plan = try LoRAPlan(
      configuration, model, key: RandomKey(seed: 0), isStrict: false, path: files.path)
    let stored = StoredTables(files, model)
    let values = try files.take(plan.slots, others: stored.keys)
    return AttachedLoRA(plan, values: values, stored: try stored.changed())
  }

  /// Targets where none are named, by `model_type`, as in peft.
  static let usualTargets: [String: [String]] = {
    var targets: [String: [String]] = [:]
    for name in [
      "llama", "mistral", "mixtral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "stablelm",
    ] {
      targets[name] = ["q_proj", "v_proj"]
    }
    for name in ["bert", "roberta", "xlm-roberta", "electra"] {
      targets[name] = ["query", "value"]
    }
    for name in ["gpt_neox", "bloom", "falcon"] { targets[name] = ["query_key_value"] }
    targets["gpt2"] = ["c_attn"]
    targets["phi"] = ["q_proj", "v_proj", "fc1", "fc2"]
    return targets
  }()
}
