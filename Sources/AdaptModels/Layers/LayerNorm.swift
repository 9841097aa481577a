// Layer normalisation with parameters of a model: not a site, but an adapter may replace its parameters.
import AdaptGradients
import AdaptTensors

/// Layer normalisation over the last axis: `gain`, `shift` `[D]`.
struct LayerNorm: Sendable {
  let gain: ModelParameter
  let shift: ModelParameter
  let epsilon: Float

  /// Normalises `x + residual` `[N, D]`.
  func callAsFunction(_ x: Variable, residual: Variable? = nil, in pass: Pass) -> Variable {
    x.layerNormalised(
      residual: residual, gain: pass.variable(gain), shift: pass.variable(shift), epsilon: epsilon)
  }
}

extension ParameterReader {
  /// `NAME.weight [D]` and `NAME.bias [D]` of the body; the first BERT files call them gamma and beta.
  func layerNorm(_ name: String, _ width: Int, _ epsilon: Float) throws(ModelFault) -> LayerNorm {
    let isOld = !contains(name + ".weight") && contains(name + ".gamma")
    return LayerNorm(
      gain: try vector(name + (isOld ? ".gamma" : ".weight"), width),
      shift: try vector(name + (isOld ? ".beta" : ".bias"), width), epsilon: epsilon)
  }
}
