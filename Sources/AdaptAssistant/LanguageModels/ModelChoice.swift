// Which model on this machine is meant, and how its weights are taken into memory.
package import AdaptModels

/// A model folder with what a user may say about it.
package struct ModelChoice: Sendable, Equatable {
  /// A Hugging Face model folder.
  package var folder: String
  /// Folders of adapters over it; the first is in use when the model is opened.
  package var adapters: [String]
  /// How weights are rounded while they are read; nil keeps them as they are stored.
  package var quantisation: Quantisation?
  /// The name of a built-in chat template, or a file; nil takes the folder's own.
  package var chatTemplate: String?

  package init(
    folder: String, adapters: [String] = [], quantisation: Quantisation? = nil,
    chatTemplate: String? = nil
  ) {
    self.folder = folder
    self.adapters = adapters
    self.quantisation = quantisation
    self.chatTemplate = chatTemplate
  }
}
