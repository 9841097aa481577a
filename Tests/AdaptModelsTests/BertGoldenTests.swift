// The tiny random BERT against the reference library: every hidden state, the pooler, the embeddings.
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct BertGoldenTests {
  /// float32 against float32 through two layers of values near 1: the reference's own run in double differs
  /// from it by about 1e-6.
  static let tolerance: Float = 1e-5

  @Test(arguments: ["config.json", "config_v4.json"], ["anchor", "positive", "left"])
  func matchesTheReference(configuration: String, part: String) throws {
    let golden = try BertGolden(ModelFixtures.bert, part)
    let encoder = try BertEncoder(
      BertConfiguration(file: ModelFixtures.bert.appendingPathComponent(configuration)),
      WeightFiles(folder: ModelFixtures.bert))
    var states: [Tensor] = []
    let hidden = try encoder(golden.input) { states.append($0) }

    #expect(states.count == encoder.configuration.layers + 1)
    for (i, state) in states.enumerated() {
      let expected = try golden.file.tensors["\(part).hidden_states.\(i)"].map { _ in
        try golden.rows("hidden_states.\(i)")
      }
      guard let expected else { continue }
      #expect(largestDifference(state.elements, expected) < Self.tolerance, "state \(i)")
    }
    let last = try golden.rows("last_hidden_state")
    #expect(largestDifference(hidden.elements, last) < Self.tolerance)

    let mean = hidden.segmentMeans(offsets: golden.input.segments.offsets).normalisedRows()
    let sentences = try golden.file.tensor("\(part).sentence_embedding")
    #expect(largestDifference(mean.elements, sentences.elements) < Self.tolerance)
  }

  @Test(arguments: ["anchor", "positive"])
  func poolsTheFirstToken(part: String) throws {
    let golden = try BertGolden(ModelFixtures.bert, part)
    let encoder = try BertEncoder(
      BertConfiguration(file: ModelFixtures.bert.appendingPathComponent("config.json")),
      WeightFiles(folder: ModelFixtures.bert))
    let hidden = try encoder(golden.input)
    let pooled = try #require(encoder.pooled(hidden, segments: golden.input.segments))
    let expected = try golden.file.tensor("\(part).pooler_output")
    #expect(largestDifference(pooled.elements, expected.elements) < Self.tolerance)
    let first = hidden.gatheringRows(golden.input.segments.offsets.dropLast()).normalisedRows()
    let cls = try golden.file.tensor("\(part).cls_embedding")
    #expect(largestDifference(first.elements, cls.elements) < Self.tolerance)
  }
}

/// A padded batch of the reference, without its padding.
struct BertGolden {
  let file: SafetensorsFile
  let part: String
  let input: EncoderInput
  private let kept: [Int]

  init(_ folder: URL, _ part: String) throws {
    file = try SafetensorsFile(folder.appendingPathComponent("golden.safetensors"))
    self.part = part
    let mask = try file.integers("\(part).attention_mask")
    let shape = try file.info("\(part).attention_mask").shape
    let ids = try file.integers("\(part).input_ids")
    let types = try file.integers("\(part).token_type_ids")
    kept = mask.indices.filter { mask[$0] == 1 }
    let lengths = (0..<shape[0]).map { row in
      mask[row * shape[1]..<(row + 1) * shape[1]].reduce(0, +)
    }
    // BERT counts positions over the padded row, so text padded on the left starts later.
    input = EncoderInput(
      tokens: kept.map { Int32(ids[$0]) }, segments: Segments(lengths: lengths),
      types: kept.map { Int32(types[$0]) }, positions: kept.map { Int32($0 % shape[1]) })
  }

  /// The rows of a `[B, T, D]` tensor that are not padding.
  func rows(_ name: String) throws -> [Float] {
    let tensor = try file.tensor("\(part).\(name)")
    return tensor.withElements { x in
      kept.flatMap { row in x[row * tensor.columns..<(row + 1) * tensor.columns] }
    }
  }
}
