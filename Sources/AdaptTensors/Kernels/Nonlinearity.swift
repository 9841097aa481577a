// Activations between products and their derivatives, cut among the threads.
import CKernels

/// A function of one number that a model applies between products.
package enum Nonlinearity: Sendable, Equatable, CaseIterable {
  /// `x · σ(x)` (arXiv:1702.03118).
  case silu
  /// `x · Φ(x)`, exact (arXiv:1606.08415).
  case gelu
  /// `x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the approximation of the same paper.
  case geluTanh
}

extension Tensor {
  /// `f(self)` element by element, shape kept.
  package func applying(_ function: Nonlinearity, pool: ThreadPool = .shared) -> Tensor {
    Tensor(shape) { out in
      inRuns(count, pool) { run in
        let x = storage.base + run.lowerBound
        switch function {
        case .silu: adapt_silu(x, run.count, out + run.lowerBound)
        case .gelu: adapt_gelu(x, run.count, out + run.lowerBound)
        case .geluTanh: adapt_gelu_tanh(x, run.count, out + run.lowerBound)
        }
      }
    }
  }

  /// `dx = dy · f′(self)`; `self` is what the function was applied to, `dy` of the same shape.
  package func gradient(
    of function: Nonlinearity, dy: Tensor, pool: ThreadPool = .shared
  ) -> Tensor {
    precondition(dy.shape == shape)
    return withExtendedLifetime(dy) {
      Tensor(shape) { out in
        inRuns(count, pool) { run in
          let (x, d) = (storage.base + run.lowerBound, dy.storage.base + run.lowerBound)
          switch function {
          case .silu: adapt_silu_backward(x, d, run.count, out + run.lowerBound)
          case .gelu: adapt_gelu_backward(x, d, run.count, out + run.lowerBound)
          case .geluTanh: adapt_gelu_tanh_backward(x, d, run.count, out + run.lowerBound)
          }
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
