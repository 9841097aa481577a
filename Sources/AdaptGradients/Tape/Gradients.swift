// The backward pass: nodes from deep to shallow, gradients summed where paths meet.
package import AdaptTensors
import CKernels

/// Gradients of trainables, summed over every backward pass run into this object.
///
/// Sums are made in the order of the graph, never of threads, so equal passes give equal bits.
package final class Gradients {
  private var leaves: [ObjectIdentifier: (trainable: Trainable, sum: GradientSum)] = [:]
  /// Nodes that have a gradient and have not run, shallow first.
  private var waiting: [(node: Node, sums: [Int: GradientSum])] = []

  package init() {}

  /// The gradient of `trainable`, of its shape; nil when none arrived.
  package subscript(trainable: Trainable) -> Tensor? {
    leaves[ObjectIdentifier(trainable)]?.sum.tensor
  }

  /// Everything that received a gradient, ordered by name.
  package var trainables: [Trainable] {
    leaves.values.map(\.trainable).sorted { $0.name < $1.name }
  }

  /// Whether a gradient handed to `x` would go anywhere.
  package func wants(_ x: Variable) -> Bool { x.wantsGradient }

  /// Adds what `gradient` gives to the gradient of `x`; it is not called when nobody wants it.
  ///
  /// - Precondition: the gradient has the shape of `x`.
  package func add(to x: Variable, _ gradient: () -> Tensor) {
    add(to: x.place, gradient)
  }

  /// Whether a gradient handed to `x` would go anywhere.
  func wants(_ x: Place) -> Bool { x.wantsGradient }

  /// The same for an input whose value is not held.
  func add(to x: Place, _ gradient: () -> Tensor) {
    guard let origin = x.origin else { return }
    let gradient = gradient()
    precondition(gradient.shape == x.shape, "gradient \(gradient.shape) of \(x.shape)")
    switch origin {
    case .leaf(let trainable):
      let key = ObjectIdentifier(trainable)
      if leaves[key] == nil {
        leaves[key] = (trainable, GradientSum(gradient))
      } else {
        leaves[key]?.sum.add(gradient)
      }
    case .node(let node, let output):
      let place = place(of: node)
      if waiting[place].sums[output] == nil {
        waiting[place].sums[output] = GradientSum(gradient)
      } else {
        waiting[place].sums[output]?.add(gradient)
      }
    }
  }

  /// Runs the backward pass from `result`, whose own gradient is `gradient`, or 1 for a scalar.
  ///
  /// A graph can be run once; its saved values are freed as it runs.
  /// - Precondition: without `gradient`, `result` has one element.
  package func backward(from result: Variable, gradient: Tensor? = nil) {
    precondition(gradient != nil || result.value.count == 1, "a loss has one element")
    add(to: result) { gradient ?? Tensor(result.shape, [1]) }
    while let (node, sums) = waiting.popLast() {
      guard let pullback = node.pullback else {
        preconditionFailure("a backward pass ran twice over one graph")
      }
      node.pullback = nil
      let last = sums.keys.max() ?? 0
      pullback((0...last).map { sums[$0]?.tensor }, self)
    }
  }

  /// Where `node` waits; it is put after everything as deep as itself.
  private func place(of node: Node) -> Int {
    var (low, high) = (0, waiting.count)
    while low < high {
      let middle = (low + high) / 2
      if waiting[middle].node.depth <= node.depth { low = middle + 1 } else { high = middle }
    }
    var place = low - 1
    while place >= 0, waiting[place].node.depth == node.depth {
      if waiting[place].node === node { return place }
      place -= 1
    }
    waiting.insert((node, [:]), at: low)
    return low
  }
}

/// A gradient under way: the only one that arrived, or a sum in memory of its own.
private struct GradientSum {
  private let shape: [Int]
  private var storage: TensorStorage
  private var isOwn = false

  init(_ gradient: Tensor) {
    shape = gradient.shape
    storage = gradient.storage
  }

  var tensor: Tensor { Tensor(shape, storage: storage) }

  /// Adds in place only to memory this sum made and nobody else holds.
  mutating func add(_ gradient: Tensor) {
    let count = gradient.count
    if isOwn, isKnownUniquelyReferenced(&storage) {
      let sum = UnsafeMutablePointer(mutating: storage.base)
      inParallel(count) {
        adapt_add_scaled(
          sum + $0.lowerBound, gradient.storage.base + $0.lowerBound, 1, $0.count)
      }
    } else {
      storage = tensor.adding(gradient).storage
      isOwn = true
    }
    withExtendedLifetime(gradient) {}
  }
}
