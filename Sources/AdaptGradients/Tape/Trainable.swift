// The values that training changes, and the parameters of a layer, which are frozen or such a value.
package import AdaptTensors
import Synchronization

/// A named tensor that an optimiser may replace; the object is its identity, so tied parameters are one object.
package final class Trainable: Sendable {
  package let name: String
  package let shape: [Int]
  private let current: Mutex<Tensor>

  package init(_ name: String, _ value: Tensor) {
    self.name = name
    self.shape = value.shape
    self.current = Mutex(value)
  }

  /// The value that the next forward pass sees.
  package var value: Tensor { current.withLock { $0 } }

  /// Replaces the value, between a backward pass and the next forward pass.
  ///
  /// - Precondition: the shape stays.
  package func update(to value: Tensor) {
    precondition(value.shape == shape, "\(name): shape \(value.shape), was \(shape)")
    current.withLock { $0 = value }
  }
}

/// A parameter of a layer.
///
/// A frozen one may lie in memory in any format that can multiply; it has no gradient by construction.
package enum Parameter: Sendable {
  case frozen(any WeightMatrix)
  case trainable(Trainable)

  package init(_ tensor: Tensor) { self = .frozen(tensor) }
}
