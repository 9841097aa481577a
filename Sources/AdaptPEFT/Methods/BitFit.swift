// BitFit (Ben Zaken et al., arXiv:2106.10199): only biases train, and the head of the task.
package import AdaptModels
import AdaptSystem

/// Trains every `bias` of the model, those of norms too, and the head where it is a task's.
package struct BitFit: OwnParametersMethod {
  package static let name = "bitfit"
  package static let traits = MethodTraits.weights(
    "it trains the model's own biases", peft: .no("peft has no such type"))
  package static let fileType = "BITFIT"
  package let configuration: OwnParametersConfiguration

  package init(_ configuration: OwnParametersConfiguration) throws(PEFTFault) {
    self.configuration = configuration
  }

  /// - Throws: `PEFTFault.setting` where the model has no biases, with the methods that come nearest.
  package static func chosen(in model: ModelOutline) throws(PEFTFault) -> [ModelParameter] {
    let tensors = model.moduleTensors
    guard tensors.contains(where: { $0.field == "bias" && $0.site != model.head }) else {
      throw .setting(
        path: nil, key: name, wanted: "a model with biases",
        got: "`\(model.architecture.excerpt)`, whose layers have none",
        hint: "`ln-tuning` trains the norms and `ia3` one factor a channel; LoRA with `bias` helps"
          + " only where there are biases")
    }
    let numbers = Set(
      tensors.filter { $0.field == "bias" || $0.isOfTaskHead(of: model) }.map(\.parameter.number))
    return model.parameters.filter { numbers.contains($0.number) }
  }
}

extension ModuleTensor {
  /// Whether it belongs to the head of a task, which is new and always trains.
  func isOfTaskHead(of model: ModelOutline) -> Bool {
    guard let head = model.head, site == head, let last = head.path.split(separator: ".").last
    else { return false }
    return AdapterTask.allCases.contains { $0.headModules.contains(String(last)) }
  }
}
