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
  /// Path of the module and its name there, which a file may shorten: `transformer.ln_f.weight`.
  package let path: String
  /// Shape in the file.
  package let shape: [Int]
  /// The frozen values, in the form they rest in; of a dense layer always `[out, in]`.
  package let weight: any WeightMatrix
  /// Whether the file has the weight of a dense layer as `[in, out]`, as GPT-2's.
  ///
  /// What trains has the file's shape.
  package let isTransposed: Bool

  package init(
    number: Int, name: String, shape: [Int], weight: any WeightMatrix, path: String? = nil,
    isTransposed: Bool = false
  ) {
    self.number = number
    self.name = name
    self.path = path ?? name
    self.shape = shape
    self.weight = weight
    self.isTransposed = isTransposed
  }

  package var count: Int { shape.reduce(1, *) }

  /// The values as f32, of the file's shape.
  package var tensor: Tensor { stored(weight) }

  /// `tensor`, of the file's shape, as what stands in this parameter's place without training.
  package func frozen(_ tensor: Tensor) -> Parameter {
    .frozen(isTransposed ? TransposedWeight(tensor) : tensor)
  }

  /// `weight`, as this parameter's, with the file's shape as f32.
  package func stored(_ weight: any WeightMatrix) -> Tensor {
    guard isTransposed else { return weight.expanded.reshaped(shape) }
    return (weight as? TransposedWeight)?.stored.expanded ?? weight.expanded.transposed
  }
}
