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
    let text = try String(
      contentsOf: folder.appendingPathComponent("config.json"), encoding: .utf8)
    if text.contains("BertForSequenceClassification") {
      return Classifier(model: try BertClassifier(folder: folder))
    }
    if text.contains("BertForQuestionAnswering") {
      return SpanFinder(model: try BertSpanModel(folder: folder))
    }
    return LanguageModel(model: try Llama(folder: folder))
  }
}

struct Classifier: GoldenModel {
  let model: BertClassifier

  var outline: ModelOutline { model.outline }

  func loss(_ batches: GoldenBatches, _ number: Int, in pass: Pass) throws -> Variable {
    try model.loss(batches.tokens(number), labels: batches.labels(number), in: pass)
  }

  func outputs(_ batch: TokenBatch, in pass: Pass) throws -> [String: [[Float]]] {
    ["logits": model.logits(try model.hidden(batch, in: pass), in: pass).value.rowList]
  }
}

/// Its loss counts the padded places of the reference's batches.
struct SpanFinder: GoldenModel {
  let model: BertSpanModel

  var outline: ModelOutline { model.outline }

  func loss(_ batches: GoldenBatches, _ number: Int, in pass: Pass) throws -> Variable {
    try model.loss(
      batches.paddedTokens(number), starts: batches.labels(number, "start_positions"),
      ends: batches.labels(number, "end_positions"), in: pass)
  }

  func outputs(_ batch: TokenBatch, in pass: Pass) throws -> [String: [[Float]]] {
    let rows = model.logits(try model.hidden(batch, in: pass), in: pass).value.rowList
    return ["start_logits": rows.map { [$0[0]] }, "end_logits": rows.map { [$0[1]] }]
  }
}

struct LanguageModel: GoldenModel {
  let model: Llama

  var outline: ModelOutline { model.outline }

  func loss(_ batches: GoldenBatches, _ number: Int, in pass: Pass) throws -> Variable {
    try model.loss(batches.tokens(number), labels: batches.labels(number), in: pass)
  }

  func outputs(_ batch: TokenBatch, in pass: Pass) throws -> [String: [[Float]]] {
    ["logits": model.logits(try model.hidden(batch, in: pass), in: pass).value.rowList]
  }
}

extension Tensor {
  /// The elements by row.
  var rowList: [[Float]] {
    let all = elements
    return (0..<rows).map { Array(all[$0 * columns..<($0 + 1) * columns]) }
  }
}
