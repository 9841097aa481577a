// The gradient of every parameter of a model, as full fine-tuning would have it.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// All parameters of a model made trainable.
struct FullGradients {
  let pass: Pass
  private let outline: ModelOutline
  private let trainables: [Trainable]

  init(_ outline: ModelOutline) {
    self.outline = outline
    trainables = outline.parameters.map { Trainable($0.name, $0.tensor) }
    var adapter = Adapter()
    for (parameter, trainable) in zip(outline.parameters, trainables) {
      adapter.parameters[parameter.number] = .trainable(trainable)
    }
    pass = Pass(.train, adapter: adapter)
  }

  /// Compares names, number and gradients of all parameters.
  func compare(_ source: ModelSource, _ log: inout CaseLog, loss: (Pass) throws -> Variable) {
    log.expectEqual("parameters") { equality in
      equality.expect(names: outline.parameters.map(\.name), are: source.gradients.names)
      try equality.expect(
        outline.parameterCount, source.settings.integer("parameters"), at: "number of parameters")
    }
    log.compare("gradients") { tally in
      let gradients = Gradients()
      gradients.backward(from: try loss(pass))
      let size = try source.gradients.size(below: "")
      let bound = Bounds.gradients(source.determinacy, size: size)
      for (trainable, parameter) in zip(trainables, outline.parameters) {
        let zeros = [Float](repeating: 0, count: parameter.count)
        let ours = gradients[trainable] ?? Tensor(parameter.shape, zeros)
        try tally.compare(ours, with: source.gradients(parameter.name), within: bound)
      }
    }
  }
}
