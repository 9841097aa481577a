// Activations element by element, and the gated pair of Llama.
import AdaptTensors
import CKernels

/// A function applied to every element.
package enum Nonlinearity: String, Sendable, CaseIterable {
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
  /// `function` of every element, shape kept; saves x.
  package func activated(_ function: Nonlinearity) -> Variable {
    let x = self
    let (forward, backward) = function.kernels
    let y = withExtendedLifetime(x) {
      Tensor(shape) { out in
        inParallel(x.value.count) {
          forward(x.value.storage.base + $0.lowerBound, $0.count, out + $0.lowerBound)
        }
      }
    }
    // dx = dy f'(x), with f' computed from x: the slope of relu at 0 is 0.
    let (place, saved) = (place, saved)
    return recorded(y, from: [x]) { dy, gradients in
      gradients.add(to: place) {
        let input = saved.value
        return withExtendedLifetime((input, dy)) {
          Tensor(place.shape) { out in
            inParallel(dy.count) {
              let start = $0.lowerBound
              backward(input.storage.base + start, dy.storage.base + start, $0.count, out + start)
            }
          }
        }
      }
    }
  }
}

extension Nonlinearity {
  fileprivate typealias Forward = (
    UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
  ) -> Void
  fileprivate typealias Backward = (
    UnsafePointer<Float>?, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
  ) -> Void

  fileprivate var kernels: (Forward, Backward) {
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
