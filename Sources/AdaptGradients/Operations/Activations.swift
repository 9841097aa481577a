// Activations element by element.
package import AdaptTensors

extension Variable {
  /// `function` of every element, shape kept.
  ///
  /// Saves x; its own value is formed again where a later operation needs it.
  package func activated(_ function: Nonlinearity) -> Variable {
    let (x, input) = (place, saved)
    // dx = dy f'(x), with f' computed from x.
    let y = recorded(value.applying(function), from: [self]) { dy, gradients in
      gradients.add(to: x) { input.value.gradient(of: function, dy: dy) }
    }
    return y.recomputed { input.value.applying(function) }
  }
}
