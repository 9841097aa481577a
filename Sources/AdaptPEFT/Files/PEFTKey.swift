// The names of tensors in the files of Python's peft, in one place.
import AdaptModels

/// Keys of `adapter_model.safetensors`: what peft wraps the model in stands before its module paths.
enum PEFTKey {
  static let prefix = "base_model.model."

  /// The key of a tensor that a method keeps at a site: `lora_A.weight`.
  static func at(_ site: Site, _ name: String) -> String { prefix + site.path + "." + name }

  /// The key of a tensor of the model; `isWrapped` where a method is put on its module.
  static func tensor(_ tensor: ModuleTensor, isWrapped: Bool = false) -> String {
    prefix + tensor.path + (isWrapped ? ".base_layer." : ".") + tensor.field
  }
}
