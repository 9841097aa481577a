// A dense layer and the function behind it, as one operation where no adapter stands between them.
import AdaptGradients
import AdaptTensors

extension Linear {
  /// `function(layer(x))` `[N, out]`, the layer through the adapter that stands here.
  func callAsFunction(
    _ x: Variable, then function: Nonlinearity, in pass: Pass
  ) -> Variable {
    guard let activation = function.activation, pass.adapter?.linears[site.number] == nil else {
      return self(x, in: pass).activated(function)
    }
    return x.linears([base(in: pass).layer], then: activation)[0]
  }
}

extension Nonlinearity {
  /// The same as a product applies it to its own output; nil where none does.
  var activation: Activation? {
    switch self {
    case .gelu: .gelu
    case .relu: .relu
    default: nil
    }
  }
}
