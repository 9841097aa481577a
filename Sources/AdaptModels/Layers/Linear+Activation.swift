// A dense layer and the function behind it, as one operation where no adapter stands between them.
import AdaptGradients
import AdaptTensors

extension Linear {
  /// `activation(layer(x))` `[N, out]`, the layer through the adapter that stands here.
  func callAsFunction(
    _ x: Variable, then activation: Activation, in pass: Pass
  ) -> Variable {
    if pass.adapter?.linears[site.number] == nil {
      return x.linears([base(in: pass).layer], then: activation)[0]
    }
    let y = self(x, in: pass)
    switch activation {
    case .none: return y
    case .gelu: return y.activated(.gelu)
    case .relu: return y.activated(.relu)
    }
  }
}
