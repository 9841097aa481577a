// Values of a forward pass that remember, where a gradient could be wanted, how to pass it on.
package import AdaptTensors

/// A tensor, and where it came from if a gradient could reach something trainable through it.
///
/// Belongs to the thread that made it.
package struct Variable {
  package let value: Tensor
  let origin: Origin?

  enum Origin {
    case leaf(Trainable)
    case node(Node, output: Int)

    var depth: Int {
      switch self {
      case .leaf: 0
      case .node(let node, _): node.depth
      }
    }
  }

  init(_ value: Tensor, origin: Origin?) {
    self.value = value
    self.origin = origin
  }

  /// A constant.
  package init(_ value: Tensor) { self.init(value, origin: nil) }

  /// The present value of something trainable.
  package init(_ trainable: Trainable) {
    self.init(trainable.value, origin: .leaf(trainable))
  }

  /// A parameter as a value: a frozen one is a constant, expanded to f32 where it is stored otherwise.
  package init(_ parameter: Parameter) {
    switch parameter {
    case .frozen(let weight): self.init(weight.expanded)
    case .trainable(let trainable): self.init(trainable)
    }
  }

  package var shape: [Int] { value.shape }
  package var rows: Int { value.rows }
  package var columns: Int { value.columns }

  /// Whether a gradient could reach something trainable through this.
  package var wantsGradient: Bool { origin != nil }

  /// The value alone: no gradient passes.
  package var detached: Variable { Variable(value) }
}

/// One operation on the tape: what to do with the gradients of its outputs.
final class Node {
  /// Longer than the path of any input: the backward pass runs from deep to shallow.
  let depth: Int
  /// Takes the gradients of the outputs (nil where none arrived) and hands on those of the inputs.
  ///
  /// Dropped once run, which frees what it saved.
  var pullback: (([Tensor?], Gradients) -> Void)?

  init(depth: Int, pullback: @escaping ([Tensor?], Gradients) -> Void) {
    self.depth = depth
    self.pullback = pullback
  }
}

/// The outputs of an operation with several, recorded if a gradient could reach an input.
func recorded(
  _ values: [Tensor], from inputs: [Variable],
  pullback: @escaping ([Tensor?], Gradients) -> Void
) -> [Variable] {
  guard Recording.reaches(inputs) else { return values.map { Variable($0) } }
  let depth = inputs.reduce(0) { max($0, $1.origin?.depth ?? 0) }
  let node = Node(depth: depth + 1, pullback: pullback)
  return values.indices.map { Variable(values[$0], origin: .node(node, output: $0)) }
}

/// The output of an operation, recorded if a gradient could reach an input.
func recorded(
  _ value: Tensor, from inputs: [Variable], pullback: @escaping (Tensor, Gradients) -> Void
) -> Variable {
  recorded([value], from: inputs) { gradients, sink in
    if let gradient = gradients[0] { pullback(gradient, sink) }
  }[0]
}
