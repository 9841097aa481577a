// Values of a forward pass that remember, where a gradient could be wanted, how to pass it on.
package import AdaptTensors

/// A tensor, and where it came from if a gradient could reach something trainable through it.
///
/// Belongs to the thread that made it.
package struct Variable {
  package let value: Tensor
  let origin: Origin?
  /// How to form the value again from what is kept anyway, where that is cheap; nothing then keeps the value
  /// itself for the backward pass.
  private let recipe: (() -> Tensor)?

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

  init(_ value: Tensor, origin: Origin?, recipe: (() -> Tensor)? = nil) {
    self.value = value
    self.origin = origin
    self.recipe = recipe
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

  /// Where its gradient goes, without its value.
  var place: Place { Place(origin: origin, shape: shape) }

  /// Its value for the backward pass.
  var saved: Saved { Saved(value, recipe: recipe) }

  /// The same, formed again in the backward pass by `recipe` instead of kept; it must give equal bits.
  func recomputed(by recipe: @escaping () -> Tensor) -> Variable {
    Variable(value, origin: origin, recipe: recipe)
  }
}

/// Where a gradient goes: what a pullback holds of an input whose value it does not need.
struct Place {
  let origin: Variable.Origin?
  let shape: [Int]

  /// All axes but the last as rows.
  var rows: Int { shape.dropLast().reduce(1, *) }
  var columns: Int { shape.last ?? 1 }
  var wantsGradient: Bool { origin != nil }
}

/// A value that a pullback needs: kept, or formed again.
struct Saved {
  private let form: () -> Tensor

  /// Keeps `value`, or `recipe` in its place.
  init(_ value: Tensor, recipe: (() -> Tensor)? = nil) {
    form = recipe ?? { value }
  }

  /// The value; formed at every call where it is not kept.
  var value: Tensor { form() }
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
