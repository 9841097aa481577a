// Root-mean-square normalisation with a parameter of a model: not a site, but an adapter may replace the parameter.
import AdaptGradients
import AdaptTensors

/// Root-mean-square normalisation over the last axis; `gain [D]`.
struct RMSNorm: Sendable {
  let gain: ModelParameter
  let epsilon: Float
  /// Gemma's factors are 1 + gain.
  let addsOne: Bool

  /// Normalises `x [N, D]`.
  func callAsFunction(_ x: Variable, in pass: Pass) -> Variable {
    let gain = pass.variable(gain)
    return x.rmsNormalised(
      gain: addsOne ? gain + Variable(Tensor([1], [1])) : gain, epsilon: epsilon)
  }

  /// Normalises each of the heads that stand side by side in `x [N, H · D]`.
  func heads(_ x: Variable, in pass: Pass) -> Variable {
    let width = gain.count
    return self(x.reshaped([x.value.count / width, width]), in: pass).reshaped(x.shape)
  }
}
