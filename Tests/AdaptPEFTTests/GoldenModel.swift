// The models of the reference, behind what the runs compare: a loss, and outputs by name.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation

protocol GoldenModel: Sendable {
  var outline: ModelOutline { get }

  func loss(_ batches: GoldenBatches, _ number: Int, in pass: Pass) throws -> Variable

  /// By name in the golden file: one row of numbers a real token, or a sequence.
  func outputs(_ batch: TokenBatch, in pass: Pass) throws -> [String: [[Float]]]
}

enum GoldenModels {
  static func open(_ folder: URL) throws -> any GoldenModel {
    LanguageModel(model: try Llama(folder: folder))
  }
}

struct LanguageModel: GoldenModel {
  let model: Llama

  var outline: ModelOutline { model.outline }

  func loss(_ batches: GoldenBatches, _ number: Int, in pass: Pass) throws -> Variable {
    try model.loss(batches.tokens(number), labels: batches.labels(number), in: pass)
  }

  func outputs(_ batch: TokenBatch, in pass: Pass) throws -> [String: [[Float]]] {
    ["logits": try model.logits(model.hidden(batch, in: pass), in: pass).value.rowList]
  }
}

extension Tensor {
  /// The elements by row.
  var rowList: [[Float]] {
    let all = elements
    return (0..<rows).map { Array(all[$0 * columns..<($0 + 1) * columns]) }
  }
}
