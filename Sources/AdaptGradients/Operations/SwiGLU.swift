// The gated pair of Llama's feed-forward layer.
import AdaptTensors

/// `silu(gate) · up`, elementwise; both of one shape.
///
/// Saves both inputs; its own value is formed again where a later operation needs it. Shazeer,
/// arXiv:2002.05202, eq. 6.
package func swiGLU(gate: Variable, up: Variable) -> Variable {
  precondition(gate.shape == up.shape, "gate \(gate.shape), up \(up.shape)")
  let (first, second) = (gate.saved, up.saved)
  let (gatePlace, upPlace) = (gate.place, up.place)
  // y = silu(g) u: dg = dy u silu'(g), du = dy silu(g); one pass writes both.
  let y = recorded(gate.value.swiGLU(up: up.value), from: [gate, up]) { dy, gradients in
    let both = first.value.swiGLUGradients(up: second.value, dy: dy)
    gradients.add(to: gatePlace) { both.gate }
    gradients.add(to: upPlace) { both.up }
  }
  return y.recomputed { first.value.swiGLU(up: second.value) }
}
