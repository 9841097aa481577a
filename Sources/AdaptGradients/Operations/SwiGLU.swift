// The gated pair of Llama's feed-forward layer.
import AdaptTensors
import CKernels

/// `silu(gate) · up`, elementwise; both of one shape.
///
/// Saves both inputs; its own value is formed again where a later operation needs it. Shazeer,
/// arXiv:2002.05202, eq. 6.
package func swiGLU(gate: Variable, up: Variable) -> Variable {
  precondition(gate.shape == up.shape, "gate \(gate.shape), up \(up.shape)")
  let (first, second) = (gate.saved, up.saved)
  let (gatePlace, upPlace) = (gate.place, up.place)
  // y = silu(g) u: dg = dy u silu'(g), du = dy silu(g); one pass writes both.
  let y = recorded(value(gate.value, up.value), from: [gate, up]) { dy, gradients in
    let (g, u) = (first.value, second.value)
    let (dgate, dup) = (TensorBuffer(g.shape), TensorBuffer(u.shape))
    withExtendedLifetime((g, u, dy)) {
      inParallel(dy.count) {
        let start = $0.lowerBound
        adapt_swiglu_backward(
          g.storage.base + start, u.storage.base + start, dy.storage.base + start, $0.count,
          dgate.base + start, dup.base + start)
      }
    }
    gradients.add(to: gatePlace) { dgate.finished() }
    gradients.add(to: upPlace) { dup.finished() }
  }
  return y.recomputed { value(first.value, second.value) }
}

private func value(_ gate: Tensor, _ up: Tensor) -> Tensor {
  withExtendedLifetime((gate, up)) {
    Tensor(gate.shape) { out in
      inParallel(gate.count) {
        let start = $0.lowerBound
        adapt_swiglu(
          gate.storage.base + start, up.storage.base + start, $0.count, out + start)
      }
    }
  }
}
