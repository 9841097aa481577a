// Full fine-tuning: every parameter of the model trains.
package import AdaptModels

/// All parameters train, from the model's values: the reference that other methods are measured by.
///
/// A tensor that two modules share stays one.
package struct FullFineTuning: OwnParametersMethod {
  package static let name = "full"
  package static let traits = MethodTraits.weights(
    "it is a whole model", peft: .no("it is a whole model, without an adapter"))
  package static let fileType = "FULL"
  package let configuration: OwnParametersConfiguration

  package init(_ configuration: OwnParametersConfiguration) throws(PEFTFault) {
    self.configuration = configuration
  }

  package static func chosen(in model: ModelOutline) throws(PEFTFault) -> [ModelParameter] {
    model.parameters
  }
}
