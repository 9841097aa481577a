package import AdaptGradients
package import AdaptModels
// Methods that train parameters of the model itself and add none: they choose, and the rest is the same.
import AdaptSystem
import AdaptTensors

/// The settings of a method that only chooses parameters.
package struct OwnParametersConfiguration: Sendable, Equatable {
  package var common = CommonSettings()

  package init() {}
}

/// A method that trains some of the model's own parameters.
///
/// Its folder has no counterpart in Python's peft: `adapter_config.json` with a `peft_type` of our own, and
/// `adapter_model.safetensors` with the trained tensors under the names and shapes that the model's file has.
package protocol OwnParametersMethod: PEFTMethod where Configuration == OwnParametersConfiguration {
  /// `peft_type` of its files.
  static var fileType: String { get }

  var configuration: OwnParametersConfiguration { get }

  /// What trains in `model`, in its order.
  ///
  /// - Throws: `PEFTFault.setting` where that is nothing.
  static func chosen(in model: ModelOutline) throws(PEFTFault) -> [ModelParameter]
}

extension OwnParametersMethod {
  package static var peftType: String? { nil }

  package static func reads(_ files: AdapterFiles) -> Bool { files.type == fileType }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    let chosen = try Self.chosen(in: model)
    return Self.attached(configuration, chosen, values: Self.slots(chosen).map { $0.initial() })
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try Self.chosen(in: model).reduce(0) { $0 + $1.count }
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    var settings = SettingsReader(files.configuration, path: files.path)
    var configuration = OwnParametersConfiguration()
    configuration.common = try CommonSettings(&settings)
    try settings.finish(inert: [:], hint: "this method has no such setting")
    let chosen = try chosen(in: model)
    return attached(configuration, chosen, values: try files.take(slots(chosen)))
  }

  private static func slots(_ chosen: [ModelParameter]) -> [TensorSlot] {
    chosen.map { parameter in
      TensorSlot(key: parameter.name, shape: parameter.shape) { parameter.tensor.copied }
    }
  }

  private static func attached(
    _ configuration: OwnParametersConfiguration, _ chosen: [ModelParameter], values: [Tensor]
  ) -> AttachedParameters {
    var adapter = Adapter()
    var parameters: [AdapterParameter] = []
    for (parameter, value) in zip(chosen, values) {
      let trainable = Trainable(parameter.name, value)
      adapter.parameters[parameter.number] = .trainable(trainable)
      parameters.append(AdapterParameter(trainable: trainable, key: parameter.name))
    }
    return AttachedParameters(
      method: name, adapter: adapter, parameters: parameters,
      fields: configuration.common.fields(peftType: fileType))
  }
}

/// Trained tensors in the place of the model's own, with the settings that are written beside them.
struct AttachedParameters: AttachedAdapter {
  let method: String
  let adapter: Adapter
  let parameters: [AdapterParameter]
  let fields: [String: JSONValue]

  func files() throws(PEFTFault) -> AdapterFiles {
    AdapterFiles(configuration: fields, tensors: storedTensors)
  }
}
