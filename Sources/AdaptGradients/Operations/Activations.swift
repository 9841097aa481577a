// Activations element by element.
import AdaptTensors
import CKernels

/// A function applied to every element.
package enum ElementFunction: String, Sendable, CaseIterable {
  /// `x Φ(x)` with the exact normal distribution. Hendrycks, Gimpel, arXiv:1606.08415.
  case gelu
  /// `x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the approximation of the same paper.
  case geluTanh
  case relu
  /// `x / (1 + e⁻ˣ)`
  case silu
  case tanh
  /// `1 / (1 + e⁻ˣ)`
  case sigmoid
}

extension Variable {
  /// `function` of every element, shape kept.
  ///
  /// Saves x; its own value is formed again where a later operation needs it.
  package func activated(_ function: ElementFunction) -> Variable {
    let (x, input) = (place, saved)
    // dx = dy f'(x), with f' computed from x: the slope of relu at 0 is 0.
    let y = recorded(function.values(of: value), from: [self]) { dy, gradients in
      gradients.add(to: x) { function.gradient(at: input.value, dy) }
    }
    return y.recomputed { function.values(of: input.value) }
  }
}

extension ElementFunction {
  private typealias Forward = (
    UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
  ) -> Void
  private typealias Backward = (
    UnsafePointer<Float>?, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
  ) -> Void

  fileprivate func values(of x: Tensor) -> Tensor {
    let forward = kernels.0
    return withExtendedLifetime(x) {
      Tensor(x.shape) { out in
        inParallel(x.count) {
          forward(x.storage.base + $0.lowerBound, $0.count, out + $0.lowerBound)
        }
      }
    }
  }

  fileprivate func gradient(at x: Tensor, _ dy: Tensor) -> Tensor {
    let backward = kernels.1
    return withExtendedLifetime((x, dy)) {
      Tensor(x.shape) { out in
        inParallel(dy.count) {
          let start = $0.lowerBound
          backward(x.storage.base + start, dy.storage.base + start, $0.count, out + start)
        }
      }
    }
  }

  private var kernels: (Forward, Backward) {
    switch self {
    case .gelu: (adapt_gelu, adapt_gelu_backward)
    case .geluTanh: (adapt_gelu_tanh, adapt_gelu_tanh_backward)
    case .relu: (adapt_relu, adapt_relu_backward)
    case .silu: (adapt_silu, adapt_silu_backward)
    case .tanh: (adapt_tanh, adapt_tanh_backward)
    case .sigmoid: (adapt_sigmoid, adapt_sigmoid_backward)
    }
  }
}
