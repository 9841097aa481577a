// Names that configurations have for functions and element types, and what they are here.
import AdaptTensors

extension ConfigurationFile {
  /// The functions by the names of the transformers library that compute the same.
  private static var nonlinearities: [String: Nonlinearity] {
    [
      "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluTanh, "gelu_fast": .geluTanh,
      "gelu_accurate": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "gelu_python_tanh": .geluTanh,
      "relu": .relu, "silu": .silu, "swish": .silu, "tanh": .tanh, "sigmoid": .sigmoid,
    ]
  }

  /// The function `key` names; of those in `allowed` when given.
  ///
  /// - Throws: `ModelFault.unsupported` listing the known names.
  func nonlinearity(
    _ key: String, fallback: Nonlinearity, allowed: [Nonlinearity] = Nonlinearity.allCases
  ) throws(ModelFault) -> Nonlinearity {
    guard let name = try text(key) else { return fallback }
    let known = Self.nonlinearities.filter { allowed.contains($0.value) }
    guard let function = known[name] else {
      throw .unsupported(path: path, setting: key, got: name, known: known.keys.sorted())
    }
    return function
  }

  /// The element type under `dtype` (transformers 5) or `torch_dtype` (4); nil where neither says one.
  ///
  /// Only what the file says: tensors carry their own types.
  /// - Throws: `ModelFault` when the two disagree, or name a type that weights are not computed from.
  func elementType() throws(ModelFault) -> ElementType? {
    let known: [String: ElementType] = [
      "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "float64": .float64,
    ]
    var type: ElementType?
    for key in ["dtype", "torch_dtype"] {
      guard let text = try text(key) else { continue }
      guard let value = known[text.hasPrefix("torch.") ? String(text.dropFirst(6)) : text] else {
        throw .unsupported(path: path, setting: key, got: text, known: known.keys.sorted())
      }
      guard type == nil || type == value else {
        throw wrong(key, "contradicts \(name("dtype"))", wanted: string("dtype") ?? "the same")
      }
      type = value
    }
    return type
  }
}
