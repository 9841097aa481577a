// Encoders with a head: classes of sequences, and spans of an answer.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation

/// Classes of whole sequences.
enum ClassifierKind: ModelKind {
  static func covers(_ modelClass: String) -> Bool {
    modelClass == "BertForSequenceClassification"
  }

  static func open(_ folder: URL, architecture: String) throws -> any TaskModel {
    ClassifierTask(model: try BertClassifier(folder: folder))
  }

  static func run(_ source: ModelSource, _ log: inout CaseLog) throws {
    let model = try BertClassifier(folder: source.folder)
    try HeadRun(task: ClassifierTask(model: model), model: model, source: source).compare(&log)
  }
}

/// Two numbers a token.
enum SpanKind: ModelKind {
  static func covers(_ modelClass: String) -> Bool { modelClass == "BertForQuestionAnswering" }

  static func open(_ folder: URL, architecture: String) throws -> any TaskModel {
    SpanTask(model: try BertSpanModel(folder: folder))
  }

  static func run(_ source: ModelSource, _ log: inout CaseLog) throws {
    let model = try BertSpanModel(folder: source.folder)
    try HeadRun(task: SpanTask(model: model), model: model, source: source).compare(&log)
  }
}

private struct ClassifierTask: TaskModel {
  let model: BertClassifier

  var outline: ModelOutline { model.outline }

  func outputs(_ batch: PaddedBatch, in pass: Pass) throws -> [TaskOutput] {
    let states = try model.hidden(batch.tokens, in: pass)
    return [TaskOutput("logits", model.logits(states, in: pass).value)]
  }

  func loss(_ batch: PaddedBatch, in pass: Pass) throws -> Variable {
    try model.loss(batch.tokens, labels: batch.ofRows("labels"), in: pass)
  }
}

private struct SpanTask: TaskModel {
  let model: BertSpanModel

  var outline: ModelOutline { model.outline }

  func outputs(_ batch: PaddedBatch, in pass: Pass) throws -> [TaskOutput] {
    let states = try model.hidden(batch.tokens, in: pass)
    let logits = model.logits(states, in: pass)
    return ["start_logits", "end_logits"].enumerated().map { column, name in
      TaskOutput(name, logits.columns(column..<column + 1).value, of: batch, states)
    }
  }

  /// The library's loss counts padding among the places, so the whole rectangle is computed.
  func loss(_ batch: PaddedBatch, in pass: Pass) throws -> Variable {
    try model.loss(
      batch.rectangle, starts: batch.ofRows("start_positions"),
      ends: batch.ofRows("end_positions"), in: pass)
  }
}

/// What both heads are compared by.
private struct HeadRun {
  let task: any TaskModel
  let model: any AdaptableModel
  let source: ModelSource

  func compare(_ log: inout CaseLog) throws {
    let batch = try PaddedBatch(source.golden)
    BertSpellings.compare(source, &log)
    log.compare("hidden states") { try states(batch, &$0) }
    log.compare("logits") { tally in
      for output in try withoutRecording({ try task.outputs(batch, in: Pass()) }) {
        let theirs = try source.golden(output.name)
        try output.compare(
          theirs, within: Bounds.logits(source.determinacy, size: theirs.size), &tally)
      }
    }
    log.compare("loss") { tally in
      let ours = try withoutRecording {
        Double(try task.loss(batch, in: Pass()).value.elements[0])
      }
      for (place, theirs) in [
        ("loss", try source.golden.scalar("loss")),
        ("golden.json: loss_value", try source.settings.double("loss_value")),
      ] {
        tally.compare(
          ours, with: theirs, at: place,
          within: Bounds.losses(source.determinacy, size: theirs))
      }
    }
    FullGradients(model.outline).compare(source, &log) { try task.loss(batch, in: $0) }
  }

  private func states(_ batch: PaddedBatch, _ tally: inout Tally) throws {
    var ours: [Tensor] = []
    _ = try withoutRecording {
      try model.hidden(batch.tokens, in: Pass()) { ours.append($0.value) }
    }
    let count = source.golden.names(below: "hidden_states.").count
    guard ours.count == count else {
      throw GoldenFault.shape("hidden_states.*", wanted: [count], got: [ours.count])
    }
    for (i, state) in ours.enumerated() {
      let theirs = try source.golden("hidden_states.\(i)")
      try tally.compare(
        state, with: theirs, rows: batch.places(virtual: 0),
        within: Bounds.logits(source.determinacy, size: theirs.size))
    }
  }
}
