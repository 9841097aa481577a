// The layers that architectures are made of: values with their weights, called like functions.
package import AdaptTensors

/// `x [N, in] · weight [out, in]ᵀ + bias [out]`.
package struct PlainLinear: Sendable {
  package let weights: DenseWeights

  package init(weight: Tensor, bias: Tensor?) {
    weights = DenseWeights(weight: weight, bias: bias)
  }

  package func callAsFunction(_ x: Tensor, then activation: Activation = .none) -> Tensor {
    x.linear(weights, activation: activation)
  }
}

/// Several linear layers on one input, as one task.
package func linears(_ layers: [PlainLinear], _ x: Tensor) -> [Tensor] {
  x.linears(layers.map(\.weights))
}

/// Layer normalisation over the last axis.
package struct PlainLayerNorm: Sendable {
  package let gain: Tensor
  package let shift: Tensor
  package let epsilon: Float

  package init(gain: Tensor, shift: Tensor, epsilon: Float) {
    self.gain = gain
    self.shift = shift
    self.epsilon = epsilon
  }

  /// Normalises `x + bias + residual` `[N, D]`.
  package func callAsFunction(
    _ x: Tensor, bias: Tensor? = nil, residual: Tensor? = nil
  ) -> Tensor {
    x.layerNormalised(
      bias: bias, residual: residual, gain: gain, shift: shift, epsilon: epsilon)
  }
}
