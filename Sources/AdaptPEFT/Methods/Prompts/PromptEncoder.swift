// How the rows of a prompt come out of what trains: the rows themselves, or a small network over rows of its own.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// The network behind a prompt or prefix of n rows.
///
/// Only its result is saved in peft's files; its own tensors are a checkpoint's.
enum PromptEncoder: Sendable, Equatable {
  /// The rows train themselves.
  case table
  /// `W₂ tanh(W₁ e + b₁) + b₂` of rows e (Li and Liang, arXiv:2101.00190).
  case projection(hidden: Int)
  /// Three dense layers with relu between them (P-tuning, Liu et al., arXiv:2103.10385).
  case perceptron(hidden: Int)
  /// A bidirectional LSTM and two dense layers with relu between them (the same).
  case recurrent(RecurrentEncoder)

  /// Sizes of a prompt: n rows of `input` numbers for the network, of `output` for the model.
  struct Size: Sendable {
    var rows: Int
    var input: Int
    var output: Int
  }

  /// What trains, under peft's names; a table begins with `table` where it is given.
  func slots(
    _ size: Size, key: RandomKey, table: (@Sendable () -> Tensor)? = nil, isZero: Bool = false
  ) -> [TensorSlot] {
    var draws = SlotDraws(key: key)
    let width = self == .table ? size.output : size.input
    let start = table ?? draws.normal([size.rows, width])
    var slots = [TensorSlot(key: Self.tableName, shape: [size.rows, width], initial: start)]
    switch self {
    case .table:
      if isZero { slots[0] = slots[0].zero }
    case .projection(let hidden):
      slots += draws.dense("prompt_encoder.transform.0", size.input, hidden)
      let last = draws.dense("prompt_encoder.transform.2", hidden, size.output)
      slots += isZero ? last.map(\.zero) : last
    case .perceptron(let hidden):
      for (place, input, output) in [
        (0, size.input, hidden), (2, hidden, hidden), (4, hidden, size.output),
      ] {
        slots += draws.dense("prompt_encoder.mlp_head.\(place)", input, output)
      }
    case .recurrent(let network):
      slots += network.slots(input: size.input, &draws)
      let wide = 2 * network.hidden
      slots += draws.dense("prompt_encoder.mlp_head.0", wide, wide)
      slots += draws.dense("prompt_encoder.mlp_head.2", wide, size.output)
    }
    return slots
  }

  static let tableName = "prompt_encoder.embedding.weight"

  /// The rows `[n, output]`; `trained` in the order of `slots`.
  func callAsFunction(_ trained: [Trainable], in pass: Pass) -> Variable {
    let values = trained.map { Variable($0) }
    let rows = values[0]
    switch self {
    case .table: return rows
    case .projection:
      return rows.dense(values[1...2]).activated(.tanh).dense(values[3...4])
    case .perceptron:
      return rows.dense(values[1...2]).activated(.relu).dense(values[3...4]).activated(.relu)
        .dense(values[5...6])
    case .recurrent(let network):
      let end = values.count - 4
      return network(rows, Array(values[1..<end]), in: pass).dense(values[end...end + 1])
        .activated(.relu).dense(values[(end + 2)...])
    }
  }
}

extension Variable {
  /// `x Wᵀ + b`, weight and bias in this order.
  func dense(_ parameters: ArraySlice<Variable>) -> Variable {
    multiplied(parameters[parameters.startIndex], transposed: true)
      + parameters[parameters.startIndex + 1]
  }
}

extension TensorSlot {
  /// The same, beginning with zeros.
  var zero: TensorSlot {
    let shape = shape
    return TensorSlot(key: key, shape: shape) {
      Tensor(shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    }
  }
}

/// Initial values of tensors in a row, each from a stream of its own.
struct SlotDraws {
  let key: RandomKey
  private var count: UInt16 = 0

  init(key: RandomKey) { self.key = key }

  /// A stream apart from those of sites and of dropout under the same seed.
  private mutating func next() -> RandomKey {
    count += 1
    return key.at(layer: 0xF000, site: count)
  }

  mutating func normal(_ shape: [Int], deviation: Float = 1) -> @Sendable () -> Tensor {
    let stream = next()
    return { stream.normal(shape, deviation: deviation) }
  }

  mutating func uniform(_ shape: [Int], within bound: Float) -> @Sendable () -> Tensor {
    let stream = next()
    return { stream.uniform(shape, in: -bound..<bound) }
  }

  /// Weight and bias of a dense layer as PyTorch begins them: uniform within ±1/√in.
  mutating func dense(_ name: String, _ input: Int, _ output: Int) -> [TensorSlot] {
    let bound = 1 / Float(max(1, input)).squareRoot()
    return [
      TensorSlot(
        key: name + ".weight", shape: [output, input],
        initial: uniform([output, input], within: bound)),
      TensorSlot(key: name + ".bias", shape: [output], initial: uniform([output], within: bound)),
    ]
  }
}
