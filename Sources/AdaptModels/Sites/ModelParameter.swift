// The parameters of a model as its file has them. A model never changes; what trains stands in an adapter.
package import AdaptGradients
package import AdaptTensors

/// One tensor of a model: where it rests, its name in the file, and its number among the model's parameters.
///
/// Tied parameters are one parameter under one number.
package struct ModelParameter: Sendable {
  /// Place in `ModelOutline.parameters`.
  package let number: Int
  /// Name in the file, prefix included: `model.layers.0.self_attn.q_proj.weight`.
  package let name: String
  /// Shape in the file.
  package let shape: [Int]
  /// The frozen values, in the form they rest in.
  package let weight: any WeightMatrix

  package init(number: Int, name: String, shape: [Int], weight: any WeightMatrix) {
    self.number = number
    self.name = name
    self.shape = shape
    self.weight = weight
  }

  package var count: Int { shape.reduce(1, *) }

  /// The values as f32, of the file's shape.
  package var tensor: Tensor { weight.expanded.reshaped(shape) }
}
