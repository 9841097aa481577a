// The tiny random BERTs against the reference library: hidden states, heads, losses, the gradient of every
// parameter.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct BertGoldenTests {
  /// The reference in f32 differs from itself in f64 by up to 1.1e-6 in hidden states and 8e-7 behind the
  /// pooler; ours adds as much, in another order.
  static let stateBound: Float = 5e-6
  /// The same for unit vectors: 1e-7 there, of rows of length one.
  static let unitBound: Float = 1e-6
  /// The same for logits: 5e-7.
  static let logitBound: Float = 3e-6
  /// The same for losses of size 2, whose last place is 2.4e-7.
  static let lossBound: Float = 2e-6
  /// The same for gradients: 3.6e-7 at the sums over all tokens.
  static let gradientBound: Float = 2e-6

  @Test(arguments: ["config.json", "config_v4.json"], ["anchor", "positive", "left"])
  func hiddenStatesMatch(configuration: String, part: String) throws {
    let golden = try BertGolden(ModelFixtures.bert, part + ".")
    let model = try bert(configuration)
    var seen: [[Float]] = []
    let states = try model.hidden(golden.batch, in: Pass()) { seen.append($0.value.elements) }
    #expect(seen.count == model.configuration.layers + 1)
    for (number, state) in seen.enumerated() {
      expectClose(
        "\(part) state \(number)", state, try golden.rows("hidden_states.\(number)"),
        within: Self.stateBound)
    }
    expectClose(
      "\(part) last", states.values.value.elements, try golden.rows("last_hidden_state"),
      within: Self.stateBound)
    expectClose(
      "\(part) sentences", states.sentences(.mean).value.elements,
      try golden.values("sentence_embedding"), within: Self.unitBound)
  }

  @Test(arguments: ["anchor", "positive", "left"])
  func firstTokensMatch(part: String) throws {
    let golden = try BertGolden(ModelFixtures.bert, part + ".")
    let model = try bert()
    let states = try model.hidden(golden.batch, in: Pass())
    let pooled = try #require(model.pooled(states, in: Pass())).value.elements
    let first = states.sentences(.cls).value.elements
    // Padded on the left, only row 0 has its first token in the first place.
    let count = part == "left" ? 40 : pooled.count
    expectClose(
      "\(part) pooler", pooled.prefix(count), try golden.values("pooler_output").prefix(count),
      within: Self.stateBound)
    expectClose(
      "\(part) cls", first.prefix(count), try golden.values("cls_embedding").prefix(count),
      within: Self.unitBound)
  }

  @Test(arguments: ["config.json", "config_v4.json"])
  func sentencesTrain(configuration: String) throws {
    let model = try bert(configuration)
    let file = try BertGolden(ModelFixtures.bert, "anchor.").file
    let gradients = try FullTraining(model).gradients { pass in
      let (loss, scores) = try contrast(model, pass)
      expectClose(
        "scores", scores.value.elements, try file.tensor("scores").elements,
        within: 20 * Self.unitBound)
      expectClose(
        "loss", loss.value.elements, try file.tensor("loss").elements, within: Self.lossBound)
      return loss
    }
    try expectGradients(gradients, of: ModelFixtures.bert, within: Self.gradientBound)
  }

  @Test(arguments: ["config.json", "config_v4.json"])
  func classifierTrains(configuration: String) throws {
    let folder = ModelFixtures.bertClassifier
    let golden = try BertGolden(folder)
    let model = try BertClassifier(
      BertConfiguration(file: folder.appendingPathComponent(configuration)),
      WeightFiles(folder: folder))
    #expect(
      model.labels == ["LABEL_0", "LABEL_1", "LABEL_2"] && model.outline.head?.path == "classifier")
    let logits = model.logits(try model.hidden(golden.batch, in: Pass()), in: Pass())
    expectClose(
      "classes", logits.value.elements, try golden.values("logits"), within: Self.logitBound)
    let gradients = try FullTraining(model).gradients { pass in
      let loss = try model.loss(golden.batch, labels: golden.numbers("labels"), in: pass)
      expectClose("loss", loss.value.elements, try golden.values("loss"), within: Self.lossBound)
      return loss
    }
    try expectGradients(gradients, of: folder, within: Self.gradientBound)
  }

  @Test(arguments: ["config.json", "config_v4.json"])
  func spanModelTrains(configuration: String) throws {
    let folder = ModelFixtures.bertSpans
    let golden = try BertGolden(folder)
    let model = try BertSpanModel(
      BertConfiguration(file: folder.appendingPathComponent(configuration)),
      WeightFiles(folder: folder))
    let logits = model.logits(try model.hidden(golden.batch, in: Pass()), in: Pass())
    let (start, end) = (try golden.values("start_logits"), try golden.values("end_logits"))
    let wanted = golden.kept.flatMap { [start[$0], end[$0]] }
    expectClose("spans", logits.value.elements, wanted, within: Self.logitBound)
    // The reference takes its softmax over the padded row.
    let gradients = try FullTraining(model).gradients { pass in
      let loss = try model.loss(
        golden.padded, starts: golden.numbers("start_positions"),
        ends: golden.numbers("end_positions"), in: pass)
      expectClose("loss", loss.value.elements, try golden.values("loss"), within: Self.lossBound)
      return loss
    }
    try expectGradients(gradients, of: folder, within: Self.gradientBound)
  }

  /// The loss that the gradients of the bare encoder belong to, and 20 times the similarities.
  private func contrast(_ model: Bert, _ pass: Pass) throws -> (loss: Variable, scores: Variable) {
    let anchor = try model.hidden(BertGolden(ModelFixtures.bert, "anchor.").batch, in: pass)
    let positive = try model.hidden(BertGolden(ModelFixtures.bert, "positive.").batch, in: pass)
    let scores = anchor.sentences(.mean).multiplied(positive.sentences(.mean), transposed: true)
      .scaled(by: 20)
    let pooled = try #require(model.pooled(anchor, in: pass))
    let loss =
      scores.crossEntropies((0..<Int32(scores.rows)).map { $0 }).mean + (pooled * pooled).mean
    return (loss, scores)
  }

  private func bert(_ configuration: String = "config.json") throws -> Bert {
    try Bert(
      BertConfiguration(file: ModelFixtures.bert.appendingPathComponent(configuration)),
      WeightFiles(folder: ModelFixtures.bert))
  }
}
