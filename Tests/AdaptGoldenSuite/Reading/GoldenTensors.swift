// The tensors of one file of references; it remembers which were asked for, so that none is passed over.
import AdaptTensors
import Foundation

/// One tensor of the reference.
struct GoldenTensor: Sendable {
  let name: String
  let shape: [Int]
  let values: [Float]

  /// `name[i, j, …]` of an element.
  func place(_ element: Int) -> String {
    guard !shape.isEmpty else { return name }
    var (rest, index) = (element, [Int]())
    for length in shape.reversed() {
      index.append(length > 0 ? rest % length : 0)
      rest = length > 0 ? rest / length : 0
    }
    return "\(name)[\(index.reversed().map(String.init).joined(separator: ", "))]"
  }

  /// The largest magnitude of its finite elements.
  var size: Double {
    values.reduce(0) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
  }
}

/// A safetensors file of references.
final class GoldenTensors {
  let file: SafetensorsFile
  private var asked: Set<String> = []

  init(_ url: URL) throws(SafetensorsFault) {
    file = try SafetensorsFile(url)
  }

  var names: [String] { file.tensors.keys.sorted() }

  func has(_ name: String) -> Bool { file.tensors[name] != nil }

  /// The names that start with `prefix`, without it.
  func names(below prefix: String) -> [String] {
    names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  func callAsFunction(_ name: String) throws(SafetensorsFault) -> GoldenTensor {
    asked.insert(name)
    let tensor = try file.tensor(name)
    return GoldenTensor(name: name, shape: tensor.shape, values: tensor.elements)
  }

  func tensor(_ name: String) throws(SafetensorsFault) -> Tensor {
    asked.insert(name)
    return try file.tensor(name)
  }

  func integers(_ name: String) throws(SafetensorsFault) -> [Int] {
    asked.insert(name)
    return try file.integers(name)
  }

  func bytes(_ name: String) throws(SafetensorsFault) -> [UInt8] {
    asked.insert(name)
    return Array(file.rawBytes(try file.info(name)))
  }

  func shape(_ name: String) throws(SafetensorsFault) -> [Int] { try file.info(name).shape }

  /// The single number of a tensor of one element.
  func scalar(_ name: String) throws -> Double {
    let tensor = try callAsFunction(name)
    guard let value = tensor.values.first, tensor.values.count == 1 else {
      throw GoldenFault.shape(name, wanted: [], got: tensor.shape)
    }
    return Double(value)
  }

  /// The largest magnitude over the tensors whose names start with `prefix`.
  func size(below prefix: String) throws(SafetensorsFault) -> Double {
    var size = 0.0
    for name in names where name.hasPrefix(prefix) {
      let tensor = try file.tensor(name)
      size = tensor.elements.reduce(size) { $1.isFinite ? max($0, abs(Double($1))) : $0 }
    }
    return size
  }

  /// Marks tensors that another comparison covers by meaning.
  func pass(over names: [String]) { asked.formUnion(names) }

  /// What no comparison asked for.
  var unread: [String] { names.filter { !asked.contains($0) } }
}
