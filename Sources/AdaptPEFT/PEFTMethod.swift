// The life of a method: it attaches to a model's sites or is read from files, trains, is saved, and is merged.
package import AdaptGradients
package import AdaptModels
package import AdaptTensors

/// A way of fine-tuning few parameters: what it puts at which sites, and its files.
package protocol PEFTMethod: Sendable {
  associatedtype Configuration: Sendable

  /// As in recipes, cards and commands: `lora`.
  static var name: String { get }
  /// `peft_type` of its files; nil where Python's peft has no such type.
  static var peftType: String? { get }

  /// Where its adapters can go.
  static var traits: MethodTraits { get }

  /// Whether `files` are this method's: variants share a `peftType` and differ in a setting.
  static func reads(_ files: AdapterFiles) -> Bool

  /// - Throws: `PEFTFault` naming the setting.
  init(_ configuration: Configuration) throws(PEFTFault)

  /// A new adapter for `model`, its initial values drawn from `key`.
  ///
  /// Sees the frozen weights, so that an initialisation by their singular vectors can put a private base beside them
  /// (`Adapter.parameters`). Nothing of the model changes.
  /// - Throws: `PEFTFault` naming target modules that match nothing, or why the model cannot take it.
  func attach(to model: ModelOutline, key: RandomKey) throws(PEFTFault) -> any AttachedAdapter

  /// The same where the initial values need a run of the model: a prefix that begins as a text's.
  ///
  /// - Throws: as above.
  func attach(
    to model: any AdaptableModel, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter

  /// How many numbers `attach` would train in `model`; nothing is allocated.
  ///
  /// - Throws: as `attach`.
  func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int

  /// The adapter that `files` hold.
  ///
  /// - Throws: `PEFTFault` naming the key or tensor that is missing, surplus, of another shape or not finite.
  static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter
}

extension PEFTMethod {
  package func attach(
    to model: any AdaptableModel, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try attach(to: model.outline, key: key)
  }

  package static func reads(_ files: AdapterFiles) -> Bool {
    guard let peftType else { return false }
    return files.type == peftType
  }
}

/// A method on one model, with its values.
package protocol AttachedAdapter: Sendable {
  /// The name of its method, for messages.
  var method: String { get }

  /// What a pass takes; the same sites at every call.
  var adapter: Adapter { get }

  /// What is trained, in a fixed order.
  var parameters: [AdapterParameter] { get }

  /// A term of the loss beside the task's, shape `[]`: AdaLoRA's orthogonality.
  func regularisation() -> Variable?

  /// Called behind each step of the optimiser, counted from 0, with the gradients that it took, clipped or not:
  /// AdaLoRA's budget.
  func afterStep(_ step: Int, gradient: (Trainable) -> Tensor?)

  /// What a checkpoint needs beside `parameters`: AdaLoRA's averages.
  var state: [String: Tensor] { get }

  /// Takes back what `state` gave.
  func restore(_ state: [String: Tensor]) throws(PEFTFault)

  /// Parameters of a model that does the same without an adapter.
  ///
  /// - Throws: `PEFTFault.notMergeable` saying why and what to do instead.
  func merged(into model: ModelOutline) throws(PEFTFault) -> [MergedParameter]

  /// Configuration and tensors as they are saved.
  func files() throws(PEFTFault) -> AdapterFiles
}

extension AttachedAdapter {
  package func regularisation() -> Variable? { nil }
  package func afterStep(_ step: Int, gradient: (Trainable) -> Tensor?) {}
  package var state: [String: Tensor] { [:] }
  package func restore(_ state: [String: Tensor]) throws(PEFTFault) {}

  /// The trained tensors that belong into the file, by their keys.
  package var storedTensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for parameter in parameters {
      if let key = parameter.key { tensors[key] = parameter.trainable.value }
    }
    return tensors
  }

  /// How many numbers are trained.
  package var trainableCount: Int { parameters.reduce(0) { $0 + $1.trainable.shape.reduce(1, *) } }
}

/// One trained tensor: the value, its name in the adapter's file, and how an optimiser treats it.
package struct AdapterParameter: Sendable {
  package let trainable: Trainable
  /// Name in the adapter's file; nil for what only a checkpoint holds, such as the encoder of a prompt.
  package let key: String?
  /// Factor of the learning rate (LoRA+, arXiv:2402.12354).
  package var learningRateFactor: Float = 1

  package init(trainable: Trainable, key: String?, learningRateFactor: Float = 1) {
    self.trainable = trainable
    self.key = key
    self.learningRateFactor = learningRateFactor
  }
}
