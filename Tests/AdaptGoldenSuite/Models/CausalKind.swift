// Language models: logits, states, log-probabilities and losses of padded batches, gradients, greedy text.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation

enum CausalKind: ModelKind {
  static func covers(_ modelClass: String) -> Bool {
    modelClass.hasSuffix("ForCausalLM") || modelClass.hasSuffix("LMHeadModel")
  }

  static func open(_ folder: URL, architecture: String) throws -> any TaskModel {
    CausalTask(model: try CausalFamily(architecture).open(folder))
  }

  static func run(_ source: ModelSource, _ log: inout CaseLog) throws {
    let family = try CausalFamily(source.architecture)
    let model = try family.open(source.folder)
    log.expectEqual("configurations") {
      try $0.expect(family.spellingsAgree(source.folder), true, at: "config_v4.json the same")
      try $0.expect(
        family.parameters(source.folder), source.settings.integer("parameters"),
        at: "number of parameters by config.json")
    }
    for side in ["right", "left"] {
      try CausalBatch(model: model, source: source, side: side).compare(&log)
    }
    FullGradients(model.outline).compare(source, &log) { pass in
      let batch = try PaddedBatch(source.golden, "right.")
      return try model.loss(batch.tokens, labels: batch.ofTokens("labels"), in: pass)
    }
    try greedy(model, source, &log)
  }

  private static func greedy(
    _ model: any CausalLanguageModel, _ source: ModelSource, _ log: inout CaseLog
  ) throws {
    let prompts = try source.settings.objects("generate")
    for (number, prompt) in prompts.enumerated() {
      let name = "generate.\(number)"
      log.expectEqual(name) { equality in
        let wanted = try source.golden.integers(name + ".new_ids").map { Int32(clamping: $0) }
        let start = try source.golden.integers(name + ".prompt_ids").map { Int32(clamping: $0) }
        guard !start.isEmpty else {
          throw GoldenFault.shape(name + ".prompt_ids", wanted: [1, 1], got: [1, 0])
        }
        let ours = try model.greedyTokens(after: start, count: wanted.count)
        equality.expect(ours, elements: wanted, of: name + ".new_ids")
        let cached = try model.generatedTokens(after: start, count: wanted.count)
        equality.expect(cached, elements: wanted, of: name + ".new_ids over a cache")
        try equality.expect(
          prompt.integers("new_ids"), elements: wanted.map(Int.init), of: "golden.json: new_ids")
      }
    }
  }
}

/// Language modelling.
struct CausalTask: TaskModel {
  let model: any CausalLanguageModel

  var outline: ModelOutline { model.outline }

  func outputs(_ batch: PaddedBatch, in pass: Pass) throws -> [TaskOutput] {
    let states = try model.hidden(batch.tokens, in: pass)
    return [TaskOutput("logits", model.logits(states, in: pass).value, of: batch, states)]
  }

  func loss(_ batch: PaddedBatch, in pass: Pass) throws -> Variable {
    try model.loss(batch.tokens, labels: batch.ofTokens("labels"), in: pass)
  }
}

/// One padded batch of the reference and a model on it.
private struct CausalBatch {
  let model: any CausalLanguageModel
  let source: ModelSource
  let side: String
  private let batch: PaddedBatch
  private var golden: GoldenTensors { source.golden }

  init(model: any CausalLanguageModel, source: ModelSource, side: String) throws {
    (self.model, self.source, self.side) = (model, source, side)
    batch = try PaddedBatch(source.golden, side + ".")
  }

  func compare(_ log: inout CaseLog) throws {
    let places = batch.places(virtual: 0)
    log.compare(side + " logits") { tally in
      let theirs = try golden(side + ".logits")
      let ours = try withoutRecording {
        model.logits(try model.hidden(batch.tokens, in: Pass()), in: Pass())
      }
      try tally.compare(
        ours.value, with: theirs, rows: places,
        within: Bounds.logits(source.determinacy, size: theirs.size))
    }
    let states = golden.names(below: side + ".hidden_states.")
    if !states.isEmpty {
      log.compare(side + " hidden states") { try self.states(states.count, places, &$0) }
    }
    log.compare(side + " token_logprobs") { try logProbabilities(&$0) }
    log.compare(side + " loss") { try loss(&$0) }
  }

  private func states(_ count: Int, _ places: [Int], _ tally: inout Tally) throws {
    var ours: [Tensor] = []
    _ = try withoutRecording {
      try model.hidden(batch.tokens, in: Pass()) { ours.append($0.value) }
    }
    guard ours.count == count else {
      throw GoldenFault.shape("\(side).hidden_states.*", wanted: [count], got: [ours.count])
    }
    for (i, state) in ours.enumerated() {
      let theirs = try golden("\(side).hidden_states.\(i)")
      try tally.compare(
        state, with: theirs, rows: places,
        within: Bounds.logits(source.determinacy, size: theirs.size))
    }
  }

  /// Entry t of the reference belongs to token t + 1; both places must be real.
  private func logProbabilities(_ tally: inout Tally) throws {
    let theirs = try golden(side + ".token_logprobs")
    let ours = try withoutRecording {
      try model.tokenLogProbabilities(batch.tokens, in: Pass()).value.elements
    }
    let width = batch.columns
    let known = batch.kept.indices.filter {
      batch.kept[$0] % width > 0 && batch.mask[batch.kept[$0] - 1]
    }
    try tally.compare(
      Tensor([known.count, 1], known.map { ours[$0] }), with: theirs,
      rows: known.map { batch.kept[$0] / width * (width - 1) + batch.kept[$0] % width - 1 },
      within: Bounds.logits(source.determinacy, size: theirs.size))
  }

  private func loss(_ tally: inout Tally) throws {
    let labels = try batch.ofTokens("labels")
    let ours = try withoutRecording {
      Double(try model.loss(batch.tokens, labels: labels, in: Pass()).value.elements[0])
    }
    let theirs = try referenceLoss()
    tally.compare(
      ours, with: theirs, at: side + ".loss",
      within: Bounds.losses(source.determinacy, size: theirs))
    if side == "right" {
      let written = try source.settings.double("loss_value")
      tally.compare(
        ours, with: written, at: "golden.json: loss_value",
        within: Bounds.losses(source.determinacy, size: written))
    }
  }

  /// The reference's loss without what it predicts at padding.
  ///
  /// With padding on the left the label of a row's first token is met by the place before it. The file has that
  /// log-probability, so it can be taken out of the mean.
  private func referenceLoss() throws -> Double {
    let loss = try golden.scalar(side + ".loss")
    let all = try golden.integers(side + ".labels")
    let logs = try golden(side + ".token_logprobs").values
    let width = batch.columns
    let predicted = all.indices.filter { $0 % width > 0 && all[$0] != Int(ignoredLabel) }
    let strange = predicted.filter { !batch.mask[$0 - 1] }
    guard !strange.isEmpty, predicted.count > strange.count else { return loss }
    let sum = strange.reduce(loss * Double(predicted.count)) { sum, place in
      sum + Double(logs[place / width * (width - 1) + place % width - 1])
    }
    return sum / Double(predicted.count - strange.count)
  }
}

extension CausalLanguageModel {
  /// The most probable continuation, each token from a whole run without a cache.
  func greedyTokens(after prompt: [Int32], count: Int) throws -> [Int32] {
    var tokens = prompt
    for _ in 0..<count {
      try withoutRecording {
        let states = try hidden(TokenBatch([tokens]), in: Pass())
        let last = logits(states, rows: [Int32(tokens.count - 1)], in: Pass()).value.elements
        let best = last.indices.max { (last[$0], $1) < (last[$1], $0) } ?? 0
        tokens.append(Int32(best))
      }
    }
    return Array(tokens.dropFirst(prompt.count))
  }

  /// The same as generation makes it: over a cache, the prompt in runs of five tokens.
  func generatedTokens(after prompt: [Int32], count: Int) throws -> [Int32] {
    var settings = GenerationSettings(maximumTokens: count)
    settings.prefillTokens = 5
    let generation = try TokenGeneration(self, prompts: [prompt], settings: settings)
    var tokens: [Int32] = []
    while let next = try generation.next() { tokens += next.map(\.token) }
    return tokens
  }
}
