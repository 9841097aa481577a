// The bare encoder: states, pooler, sentence vectors, their scores, and the gradients of a contrastive loss.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation

enum EncoderKind: ModelKind {
  static func covers(_ modelClass: String) -> Bool { modelClass == "BertModel" }

  static func open(_ folder: URL, architecture: String) throws -> any TaskModel {
    throw NotImplemented("adapters on an encoder without a task")
  }

  static func run(_ source: ModelSource, _ log: inout CaseLog) throws {
    let model = try Bert(folder: source.folder)
    BertSpellings.compare(source, &log)
    for part in ["anchor", "positive", "left"] {
      try EncoderBatch(model: model, source: source, part: part).compare(&log)
    }
    let (anchor, positive) = (
      try PaddedBatch(source.golden, "anchor."), try PaddedBatch(source.golden, "positive.")
    )
    let pair = EncoderPair(model: model, anchor: anchor, positive: positive)
    log.compare("scores") { tally in
      let theirs = try source.golden("scores")
      let ours = try withoutRecording { try pair.scores(in: Pass()).scores.value }
      try tally.compare(
        ours, with: theirs, within: Bounds.logits(source.determinacy, size: theirs.size))
    }
    log.compare("loss") { tally in
      let ours = try withoutRecording { try pair.loss(in: Pass()).value.elements[0] }
      for (place, theirs) in [
        ("loss", try source.golden.scalar("loss")),
        ("golden.json: loss_value", try source.settings.double("loss_value")),
      ] {
        tally.compare(
          Double(ours), with: theirs, at: place,
          within: Bounds.losses(source.determinacy, size: theirs))
      }
    }
    FullGradients(model.outline).compare(source, &log) { try pair.loss(in: $0) }
  }
}

/// Both spellings of a BERT's configuration.
enum BertSpellings {
  static func compare(_ source: ModelSource, _ log: inout CaseLog) {
    log.expectEqual("configurations") { equality in
      let spellings = try ["config.json", "config_v4.json"].map {
        try BertConfiguration(file: source.folder.appendingPathComponent($0))
      }
      equality.expect(spellings[0] == spellings[1], true, at: "config_v4.json the same")
    }
  }
}

/// One padded batch of the reference and the encoder on it.
private struct EncoderBatch {
  let model: Bert
  let source: ModelSource
  let part: String
  private let batch: PaddedBatch

  init(model: Bert, source: ModelSource, part: String) throws {
    (self.model, self.source, self.part) = (model, source, part)
    batch = try PaddedBatch(source.golden, part + ".")
  }

  func compare(_ log: inout CaseLog) throws {
    var states: [Tensor] = []
    let last = try withoutRecording {
      try model.hidden(batch.tokens, in: Pass()) { states.append($0.value) }
    }
    let all = states
    log.compare(part + " hidden states") { tally in
      let places = batch.places(virtual: 0)
      for (i, state) in all.enumerated() {
        try compare(state, "hidden_states.\(i)", rows: places, &tally)
      }
      try compare(last.values.value, "last_hidden_state", rows: places, &tally)
      let count = source.golden.names(below: part + ".hidden_states.").count
      guard count == all.count else {
        throw GoldenFault.shape(part + ".hidden_states.*", wanted: [count], got: [all.count])
      }
    }
    log.compare(part + " vectors") { tally in
      // The first place of a row, which `cls` and the pooler take, is padding where padding stands on the left.
      let whole = (0..<batch.rows).filter { batch.mask[$0 * batch.columns] }
      let rows = whole.map { Int32($0) }
      try compare(last.sentences(.mean).value, "sentence_embedding", rows: nil, &tally)
      let cls = last.sentences(.cls).gatheringRows(rows).value
      try compare(cls, "cls_embedding", rows: whole, &tally)
      guard let pooled = model.pooled(last, in: Pass())?.gatheringRows(rows).value else { return }
      try compare(pooled, "pooler_output", rows: whole, &tally)
    }
  }

  private func compare(
    _ ours: Tensor, _ name: String, rows: [Int]?, _ tally: inout Tally
  ) throws {
    let theirs = try source.golden("\(part).\(name)")
    try tally.compare(
      ours, with: theirs, rows: rows,
      within: Bounds.logits(source.determinacy, size: theirs.size))
  }
}

/// Sentences and their partners, with the loss that the generator took.
private struct EncoderPair {
  let model: Bert
  let anchor: PaddedBatch
  let positive: PaddedBatch

  /// 20 · anchor · positiveᵀ, and the pooler's output of the anchors.
  func scores(in pass: Pass) throws -> (scores: Variable, pooled: Variable) {
    let first = try model.hidden(anchor.tokens, in: pass)
    let second = try model.hidden(positive.tokens, in: pass)
    guard let pooled = model.pooled(first, in: pass) else {
      throw GoldenFault.damaged(
        path: model.outline.path, what: "no pooler", wanted: "one", got: "none")
    }
    let scores = first.sentences(.mean).multiplied(second.sentences(.mean), transposed: true)
    return (scores.scaled(by: 20), pooled)
  }

  /// Cross-entropy of each row of the scores with its own number, and the mean square of the pooler's output.
  func loss(in pass: Pass) throws -> Variable {
    let (scores, pooled) = try scores(in: pass)
    let targets = (0..<scores.rows).map { Int32($0) }
    return scores.crossEntropies(targets).mean + (pooled * pooled).mean
  }
}
