// What methods and tools see of a model: its parameters and its sites, without its equations.
package import AdaptGradients
import AdaptTensors

/// The parameters and sites of one model.
package struct ModelOutline: Sendable {
  /// `model_type` of its configuration.
  package var architecture: String
  /// Names the weights, in messages.
  package var path: String
  /// In the order in which the model takes them; tied ones once.
  package var parameters: [ModelParameter] = []
  package var linears: [Linear] = []
  package var embeddings: [Embedding] = []
  /// The site of the output head over the vocabulary, or of the task's head.
  package var head: Site?
  /// Width of the stream, D.
  package var width: Int
  package var layers: Int
  /// The rules of attention, without the windows that some layers have.
  package var rules: AttentionRules
  /// Width of a head of attention, W.
  package var headWidth: Int
  /// Module path of each layer: `model.layers.0`.
  package var layerPaths: [String] = []
  /// Tensors in the file that this model has no use for, such as the head of another task.
  package var unused: [String] = []

  package init(
    architecture: String, path: String, width: Int, layers: Int, headWidth: Int,
    rules: AttentionRules
  ) {
    self.architecture = architecture
    self.path = path
    self.width = width
    self.layers = layers
    self.headWidth = headWidth
    self.rules = rules
  }

  /// Takes the parameters and sites that a model was put together of.
  mutating func take(_ reader: ParameterReader, head: Linear?) {
    parameters = reader.parameters
    linears = reader.linears
    embeddings = reader.embeddings
    self.head = head?.site
  }

  /// All trainable parameters that full fine-tuning has.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  package func parameter(named name: String) -> ModelParameter? {
    parameters.first { $0.name == name }
  }
}
