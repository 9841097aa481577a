// What a method puts at the sites of one model. It is an argument of the call, never a state of the model, so
// one model serves a policy and its reference, or several adapters in turn.
package import AdaptGradients
package import AdaptTensors

/// A table from places of one model to what stands there; an empty one changes nothing.
///
/// Its values do not change between a forward pass and its backward pass.
package struct Adapter: Sendable {
  /// Parameters in the place of the model's own, by number: what full fine-tuning, BitFit, norm tuning and
  /// trained heads train, and the private base of PiSSA or QLoRA.
  package var parameters: [Int: Parameter] = [:]
  /// By number of the site.
  package var linears: [Int: any LinearAdapter] = [:]
  /// By number of the site.
  package var embeddings: [Int: any EmbeddingAdapter] = [:]
  /// By layer.
  package var attentions: [Int: any AttentionAdapter] = [:]
  package var sublayers: [Sublayer: any SublayerAdapter] = [:]
  /// Virtual tokens in front of every segment.
  package var prompt: (any PromptAdapter)?
  /// What is computed once a run for several sites: the prefix of all layers from one encoder.
  package var prologue: (any PassPrologue)?
  /// How far all positions are moved: peft's prefix tuning counts its virtual tokens.
  package var positionOffset = 0

  package init() {}

  /// Trains the parameters that `isTrained` chooses in the place of the model's own, from their present values.
  package init(training model: ModelOutline, where isTrained: (ModelParameter) -> Bool) {
    for parameter in model.parameters where isTrained(parameter) {
      parameters[parameter.number] = .trainable(Trainable(parameter.name, parameter.tensor))
    }
  }
}

/// Where a residual stream is read and written.
package enum Sublayer: Sendable, Hashable {
  /// What attention adds to the stream in a layer.
  case attention(layer: Int)
  /// What the feed-forward part adds to the stream in a layer.
  case feedForward(layer: Int)
  /// The stream itself, behind a layer.
  case block(layer: Int)
}

/// Wraps a dense layer: `x [N, in]` → `[N, out]`.
package protocol LinearAdapter: Sendable {
  /// The layer with its adapter; `base` is the call without it.
  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable

  /// `s · B(A x)`, where the adapter is no more than this sum in `pass`: layers that share an input are then
  /// called together. Nil: it must be called.
  func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate?

  /// What a plain layer needs to do the same as now; nil where none does.
  func merged(into base: BaseLinear) -> MergedLinear?
}

extension LinearAdapter {
  package func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate? { nil }
}

/// Gives a tensor when it is asked: merged weights are formed one at a time, on their way into a file.
package typealias TensorSource = @Sendable () -> Tensor

/// What merging changes of a dense layer: `weight [out, in]`, `bias [out]`; nil stays as it is.
package struct MergedLinear: Sendable {
  package var weight: TensorSource?
  package var bias: TensorSource?

  package init(weight: TensorSource? = nil, bias: TensorSource? = nil) {
    self.weight = weight
    self.bias = bias
  }
}

/// Wraps a look-up: numbers `[N]` → rows `[N, D]`.
package protocol EmbeddingAdapter: Sendable {
  func callAsFunction(_ numbers: [Int32], through base: BaseEmbedding, in pass: Pass) -> Variable

  /// The table `[V, D]` of a plain look-up that does the same as now; nil where none does.
  func merged(into base: BaseEmbedding) -> TensorSource?
}

/// Gives virtual tokens, which stand in front of each segment wherever its first token is computed.
package protocol PromptAdapter: Sendable {
  /// Virtual tokens of a segment, n.
  var count: Int { get }

  /// Their embeddings `[n, D]`, the same for every segment.
  func callAsFunction(in pass: Pass) -> Variable
}

/// Computes values that several sites of a run share, before the first of them.
package protocol PassPrologue: Sendable {
  /// What `Pass.shared` holds from then on.
  func callAsFunction(in pass: Pass) -> [Variable]
}

/// Wraps attention: `query [N, H · W]`, `key`, `value` `[N, K · W]`, all rotated → `[N, H · W]`.
package protocol AttentionAdapter: Sendable {
  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable
}

/// Wraps a part of a layer: the stream `h [N, D]` → what the part adds to it, or the new stream of `.block`.
package protocol SublayerAdapter: Sendable {
  func callAsFunction(_ h: Variable, through base: (Variable) -> Variable, in pass: Pass)
    -> Variable
}
