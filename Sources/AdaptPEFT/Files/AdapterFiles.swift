// An adapter as it lies in a folder: settings and tensors, in the layout of Python's peft.
package import AdaptTensors
package import Foundation

/// `adapter_config.json` and `adapter_model.safetensors`.
package struct AdapterFiles {
  /// The settings by key.
  package var configuration: [String: Any]
  /// The tensors by name.
  package var tensors: [String: Tensor]
  /// Where they were read, for messages; nil for new ones.
  package var path: String?

  package init(configuration: [String: Any], tensors: [String: Tensor], path: String? = nil) {
    self.configuration = configuration
    self.tensors = tensors
    self.path = path
  }
}
