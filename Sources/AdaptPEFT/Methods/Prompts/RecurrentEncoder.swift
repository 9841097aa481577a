// The recurrent network of P-tuning (Hochreiter and Schmidhuber, 1997, both ways), put together from operations
// of the tape: its sequences are a prompt's rows, some dozens.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// A stack of bidirectional LSTM layers over the rows of one prompt, with the tensors of `torch.nn.LSTM`.
struct RecurrentEncoder: Sendable, Equatable {
  /// Width of the state in each direction, H.
  let hidden: Int
  let layers: Int
  /// Share of each layer's inputs, but the first's, that is dropped in training.
  let dropout: Float

  /// Four tensors a direction and layer: `W_ih [4H, in]`, `W_hh [4H, H]` and their biases.
  func slots(input: Int, _ draws: inout SlotDraws) -> [TensorSlot] {
    let bound = 1 / Float(max(1, hidden)).squareRoot()
    var slots: [TensorSlot] = []
    for layer in 0..<layers {
      for direction in ["", "_reverse"] {
        for (name, shape) in [
          ("weight_ih", [4 * hidden, layer == 0 ? input : 2 * hidden]),
          ("weight_hh", [4 * hidden, hidden]), ("bias_ih", [4 * hidden]),
          ("bias_hh", [4 * hidden]),
        ] {
          slots.append(
            TensorSlot(
              key: "prompt_encoder.lstm_head.\(name)_l\(layer)\(direction)", shape: shape,
              initial: draws.uniform(shape, within: bound)))
        }
      }
    }
    return slots
  }

  /// The states of both directions side by side `[n, 2H]`, of rows `x [n, in]`.
  func callAsFunction(_ x: Variable, _ values: [Variable], in pass: Pass) -> Variable {
    var rows = x
    for layer in 0..<layers {
      if layer > 0, dropout > 0, let key = pass.key(for: Self.site(layer)) {
        rows = rows.dropped(rate: dropout, key: key)
      }
      let own = Array(values[8 * layer..<8 * layer + 8])
      rows = joiningColumns([
        states(of: rows, Array(own[..<4]), isReversed: false),
        states(of: rows, Array(own[4...]), isReversed: true),
      ])
    }
    return rows
  }

  /// A place of its own among the streams of dropout.
  private static func site(_ layer: Int) -> Site {
    Site(number: 0xE000 + layer, path: "prompt_encoder.lstm_head", layer: nil)
  }

  /// With gates `i, f, g, o = W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh`:
  /// `cₜ = σ(f) cₜ₋₁ + σ(i) tanh(g)`, `hₜ = σ(o) tanh(cₜ)`.
  private func states(of x: Variable, _ own: [Variable], isReversed: Bool) -> Variable {
    let n = x.rows
    let inputs = x.multiplied(own[0], transposed: true) + own[2] + own[3]
    var states = [Variable?](repeating: nil, count: n)
    var state: (h: Variable, c: Variable)?
    for t in isReversed ? Array((0..<n).reversed()) : Array(0..<n) {
      var gates = inputs.rows(t..<t + 1)
      if let state { gates = gates + state.h.multiplied(own[1], transposed: true) }
      let parts = gates.splittingColumns([hidden, hidden, hidden, hidden])
      var c = parts[0].activated(.sigmoid) * parts[2].activated(.tanh)
      if let state { c = parts[1].activated(.sigmoid) * state.c + c }
      let h = parts[3].activated(.sigmoid) * c.activated(.tanh)
      states[t] = h
      state = (h, c)
    }
    return stackingRows(states.compactMap { $0 })
  }
}
