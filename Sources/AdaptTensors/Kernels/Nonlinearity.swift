// Activations between products and their derivatives, cut among the threads.
import CKernels

/// A function of one number that a model applies between products.
package enum Nonlinearity: String, Sendable, CaseIterable {
  /// `x · Φ(x)`, exact (arXiv:1606.08415).
  case gelu
  /// `x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the approximation of the same paper.
  case geluTanh
  case relu
  /// `x · σ(x)` (arXiv:1702.03118).
  case silu
  case tanh
  /// `1 / (1 + e⁻ˣ)`
  case sigmoid

  fileprivate typealias Forward = (
    UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
  ) -> Void
  fileprivate typealias Backward = (
    UnsafePointer<Float>?, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?
  ) -> Void

  fileprivate var kernels: (forward: Forward, backward: Backward) {
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

extension Tensor {
  /// `f(self)` element by element, shape kept.
  package func applying(_ function: Nonlinearity, pool: ThreadPool = .shared) -> Tensor {
    let forward = function.kernels.forward
    return Tensor(shape) { out in
      inRuns(count, pool) { run in
        forward(storage.base + run.lowerBound, run.count, out + run.lowerBound)
      }
    }
  }

  /// `dx = dy · f′(self)`; `self` is what the function was applied to, `dy` of the same shape.
  ///
  /// The slope of relu at 0 is 0.
  package func gradient(
    of function: Nonlinearity, dy: Tensor, pool: ThreadPool = .shared
  ) -> Tensor {
    precondition(dy.shape == shape)
    let backward = function.kernels.backward
    return withExtendedLifetime(dy) {
      Tensor(shape) { out in
        inRuns(count, pool) { run in
          let start = run.lowerBound
          backward(storage.base + start, dy.storage.base + start, run.count, out + start)
        }
      }
    }
  }

  /// `silu(self) · up`, where `self` is the gate (SwiGLU without its products; arXiv:2002.05202).
  package func swiGLU(up: Tensor, pool: ThreadPool = .shared) -> Tensor {
    precondition(up.shape == shape)
    return withExtendedLifetime(up) {
      Tensor(shape) { out in
        inRuns(count, pool) { run in
          let start = run.lowerBound
          adapt_swiglu(storage.base + start, up.storage.base + start, run.count, out + start)
        }
      }
    }
  }

  /// The gradients of `swiGLU` to the gate (`self`) and to `up`.
  package func swiGLUGradients(
    up: Tensor, dy: Tensor, pool: ThreadPool = .shared
  ) -> (gate: Tensor, up: Tensor) {
    precondition(up.shape == shape && dy.shape == shape)
    let (dgate, dup) = (UnfinishedTensor(shape), UnfinishedTensor(shape))
    withExtendedLifetime((self, up, dy)) {
      inRuns(count, pool) { run in
        let start = run.lowerBound
        adapt_swiglu_backward(
          storage.base + start, up.storage.base + start, dy.storage.base + start, run.count,
          dgate.base + start, dup.base + start)
      }
    }
    return (dgate.finished(), dup.finished())
  }
}

/// Calls `body` with runs of `count` elements, of a length that does not depend on the number of threads.
func inRuns(_ count: Int, _ pool: ThreadPool, _ body: @escaping (Range<Int>) -> Void) {
  let length = 32_768
  pool.run((count + length - 1) / length) { run in
    body(run * length..<min((run + 1) * length, count))
  }
}
