// An adapter becomes part of the weights: what each site says of its own parameters, put together for a model.
import AdaptGradients
package import AdaptModels
package import AdaptTensors

/// A parameter of the model and its value after merging, of the shape in the file.
package struct MergedParameter: Sendable {
  package let parameter: ModelParameter
  /// Forms the value; at every call.
  package let source: TensorSource

  package init(parameter: ModelParameter, source: @escaping TensorSource) {
    self.parameter = parameter
    self.source = source
  }

  package var value: Tensor { source() }
}

extension AttachedAdapter {
  /// What the sites of `adapter` say: right for every method that acts through them and parameters alone.
  package func merged(into model: ModelOutline) throws(PEFTFault) -> [MergedParameter] {
    guard adapter.attentions.isEmpty, adapter.sublayers.isEmpty, adapter.prompt == nil else {
      throw .notMergeable(
        method: method, reason: "it does more than change weights",
        hint: "keep the adapter beside the model")
    }
    var merging = Merging(method: method, shared: model.sharedParameters)
    let pass = Pass(adapter: adapter)
    for linear in model.linears {
      guard let site = adapter.linears[linear.site.number] else { continue }
      guard let values = site.merged(into: linear.base(in: pass)) else {
        throw merging.refusal(linear.site)
      }
      try merging.add(values.weight, to: linear.weight, at: linear.site)
      guard let bias = values.bias else { continue }
      guard let parameter = linear.bias else {
        throw .notMergeable(
          method: method, reason: "`\(linear.site.path)` of the model has no bias",
          hint: "keep the adapter beside the model")
      }
      try merging.add(bias, to: parameter, at: linear.site)
    }
    for table in model.embeddings {
      guard let site = adapter.embeddings[table.site.number] else { continue }
      guard let value = site.merged(into: table.base(in: pass)) else {
        throw merging.refusal(table.site)
      }
      try merging.add(value, to: table.table, at: table.site)
    }
    for parameter in model.parameters where merging.values[parameter.number] == nil {
      guard let value = adapter.parameters[parameter.number] else { continue }
      merging.values[parameter.number] = parameter.source(of: value)
    }
    return model.parameters.compactMap { parameter in
      merging.values[parameter.number].map { MergedParameter(parameter: parameter, source: $0) }
    }
  }
}

/// Values by number of the parameter.
private struct Merging {
  let method: String
  let shared: Set<Int>
  var values: [Int: TensorSource] = [:]

  /// - Throws: `PEFTFault.notMergeable` where another place would change too.
  mutating func add(
    _ source: TensorSource?, to parameter: ModelParameter, at site: Site
  ) throws(PEFTFault) {
    guard let source else { return }
    guard !shared.contains(parameter.number) else {
      throw .notMergeable(
        method: method,
        reason: "`\(site.path)` shares `\(parameter.name)` with another place of the model",
        hint: "keep the adapter beside the model, or train it without `\(site.path)`")
    }
    let (shape, isTransposed) = (parameter.shape, parameter.isTransposed)
    values[parameter.number] = { (isTransposed ? source().transposed : source()).reshaped(shape) }
  }

  func refusal(_ site: Site) -> PEFTFault {
    .notMergeable(
      method: method, reason: "what it does at `\(site.path)` is no change of weights",
      hint: "keep the adapter beside the model")
  }
}

extension BaseLinear {
  /// The weight as it is now, `[out, in]` however it lies in its file.
  var weightSource: TensorSource {
    guard isTransposed, case .trainable(let trainable) = weight else { return weight.source }
    let value = trainable.value
    return { value.transposed }
  }
}

extension ModelParameter {
  /// What stands in its place as it is now, of the shape in the file.
  fileprivate func source(of value: Parameter) -> TensorSource {
    guard case .frozen(let weight) = value else { return value.source }
    return { stored(weight) }
  }
}

extension Parameter {
  /// Its value as it is now; a frozen one is expanded at every call.
  var source: TensorSource {
    switch self {
    case .frozen(let weight): return { weight.expanded }
    case .trainable(let trainable):
      let value = trainable.value
      return { value }
    }
  }
}
