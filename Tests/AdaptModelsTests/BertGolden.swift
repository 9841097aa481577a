// Padded batches of the reference library as ragged ones, and the comparison of gradients.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

/// A padded batch of the reference and what it gave.
struct BertGolden {
  let file: SafetensorsFile
  /// What stands before the names of this batch's tensors: `anchor.`, or nothing.
  let part: String
  /// The batch without its padding, at the positions of the padded one.
  let batch: TokenBatch
  /// The same with its padding as tokens that no token attends to: a span loss counts them.
  let padded: TokenBatch
  let kept: [Int]

  init(_ folder: URL, _ part: String = "") throws {
    file = try SafetensorsFile(folder.appendingPathComponent("golden.safetensors"))
    self.part = part
    let (mask, shape) = (
      try file.integers(part + "attention_mask"), try file.info(part + "attention_mask").shape
    )
    let ids = try file.integers(part + "input_ids").map { Int32($0) }
    let types = try file.integers(part + "token_type_ids").map { Int32($0) }
    // BERT counts positions over the padded row, so text padded on the left starts later.
    let positions = ids.indices.map { Int32($0 % shape[1]) }
    let kept = mask.indices.filter { mask[$0] == 1 }
    let lengths = (0..<shape[0]).map { row in
      mask[row * shape[1]..<(row + 1) * shape[1]].reduce(0, +)
    }
    batch = TokenBatch(
      tokens: kept.map { ids[$0] }, segments: Segments(lengths: lengths),
      types: kept.map { types[$0] }, positions: kept.map { positions[$0] })
    padded = TokenBatch(
      tokens: ids, segments: Segments(lengths: lengths.map { _ in shape[1] }), types: types,
      positions: positions, isSeen: mask.map { $0 == 1 })
    self.kept = kept
  }

  /// The rows of a `[B, T, D]` tensor that are not padding.
  func rows(_ name: String) throws -> [Float] {
    let tensor = try file.tensor(part + name)
    return tensor.withElements { x in
      kept.flatMap { row in x[row * tensor.columns..<(row + 1) * tensor.columns] }
    }
  }

  func numbers(_ name: String) throws -> [Int32] {
    try file.integers(part + name).map { Int32($0) }
  }

  func values(_ name: String) throws -> [Float] { try file.tensor(part + name).elements }
}

/// An adapter under which every parameter of a model is trained.
struct FullTraining {
  let trainables: [Trainable]
  let adapter: Adapter

  init(_ model: some AdaptableModel) {
    trainables = model.outline.parameters.map { Trainable($0.name, $0.tensor) }
    var adapter = Adapter()
    for (number, trainable) in trainables.enumerated() {
      adapter.parameters[number] = .trainable(trainable)
    }
    self.adapter = adapter
  }

  /// The gradient of every parameter by name.
  func gradients(isCheckpointed: Bool = false, _ loss: (Pass) throws -> Variable) throws
    -> [String: [Float]]
  {
    var pass = Pass(.train, adapter: adapter)
    pass.isCheckpointed = isCheckpointed
    let gradients = Gradients()
    gradients.backward(from: try loss(pass))
    return Dictionary(
      uniqueKeysWithValues: trainables.map { ($0.name, gradients[$0]?.elements ?? []) })
  }
}

/// Holds every gradient against grads.safetensors of `folder`; both must have the same names.
func expectGradients(
  _ gradients: [String: [Float]], of folder: URL, within bound: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let wanted = try SafetensorsFile(folder.appendingPathComponent("grads.safetensors"))
  #expect(Set(gradients.keys) == Set(wanted.tensors.keys), sourceLocation: sourceLocation)
  var worst: (name: String, error: Float) = ("", 0)
  for (name, gradient) in gradients {
    let error = largestDifference(gradient, try wanted.tensor(name).elements)
    #expect(error < bound, "\(name)", sourceLocation: sourceLocation)
    if error > worst.error { worst = (name, error) }
  }
  report("\(folder.lastPathComponent) gradients: worst \(worst.error) in \(worst.name)")
}

/// Prints an error beside its bound where `ADAPT_MODEL_ERRORS` is set.
func report(_ line: String) {
  guard ProcessInfo.processInfo.environment["ADAPT_MODEL_ERRORS"] != nil else { return }
  FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Holds `got` against `wanted`, element by element.
func expectClose(
  _ name: String, _ got: some Collection<Float>, _ wanted: some Collection<Float>,
  within bound: Float, sourceLocation: SourceLocation = #_sourceLocation
) {
  let error = largestDifference(got, wanted)
  #expect(error < bound, "\(name)", sourceLocation: sourceLocation)
  report("\(name): \(error), bound \(bound)")
}
