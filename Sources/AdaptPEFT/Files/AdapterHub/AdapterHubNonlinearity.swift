// The names that AdapterHub's library has for functions between products.
import AdaptTensors

/// A function and its name in files.
struct AdapterHubNonlinearity: Sendable {
  let name: String
  let function: Nonlinearity

  private init(_ name: String, _ function: Nonlinearity) {
    (self.name, self.function) = (name, function)
  }

  /// The first name of a function is the one that is written.
  static let all = [
    AdapterHubNonlinearity("relu", .relu), AdapterHubNonlinearity("swish", .silu),
    AdapterHubNonlinearity("silu", .silu), AdapterHubNonlinearity("gelu", .gelu),
    AdapterHubNonlinearity("gelu_new", .geluTanh), AdapterHubNonlinearity("tanh", .tanh),
    AdapterHubNonlinearity("sigmoid", .sigmoid),
  ]

  static func name(of function: Nonlinearity) -> String {
    all.first { $0.function == function }?.name ?? function.rawValue
  }
}
