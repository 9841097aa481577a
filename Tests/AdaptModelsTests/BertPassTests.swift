// What must not change a result: checkpoints, neighbours in a batch, padding; and losses over odd targets.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct BertPassTests {
  @Test func checkpointsGiveEqualBits() throws {
    let model = try BertClassifier(folder: ModelFixtures.bertClassifier)
    let golden = try BertGolden(ModelFixtures.bertClassifier)
    let training = FullTraining(model)
    let runs = try [false, true].map { isCheckpointed in
      try training.gradients(isCheckpointed: isCheckpointed) { pass in
        try model.loss(golden.batch, labels: golden.numbers("labels"), in: pass)
      }
    }
    #expect(runs[0] == runs[1])
  }

  @Test func trainingSeesWhatInferenceSees() throws {
    let model = try Bert(folder: ModelFixtures.bert)
    let golden = try BertGolden(ModelFixtures.bert, "anchor.")
    let trained = try model.hidden(
      golden.batch, in: Pass(.train, adapter: FullTraining(model).adapter))
    #expect(trained.values.wantsGradient)
    let plain = try model.hidden(golden.batch, in: Pass())
    #expect(!plain.values.wantsGradient)
    #expect(trained.values.value.elements == plain.values.value.elements)
  }

  @Test func segmentsDoNotSeeEachOther() throws {
    let model = try Bert(folder: ModelFixtures.bert)
    let sequences: [[Int32]] = [[2, 9, 100, 3], [2], [7, 300, 31, 12, 45, 6, 77], [2, 3], []]
    let together = try model.hidden(TokenBatch(sequences), in: Pass())
    let alone = try sequences.flatMap {
      try model.hidden(TokenBatch([$0]), in: Pass()).values.value.elements
    }
    // Products of other sizes round otherwise: hidden states near 1.
    #expect(largestDifference(together.values.value.elements, alone) < 5e-6)
  }

  @Test func paddingChangesNothingThatIsSeen() throws {
    let model = try BertSpanModel(folder: ModelFixtures.bertSpans)
    let golden = try BertGolden(ModelFixtures.bertSpans)
    let padded = try model.hidden(golden.padded, in: Pass()).values.value
    let ragged = try model.hidden(golden.batch, in: Pass()).values.value.elements
    let seen = padded.gatheringRows(golden.kept).elements
    #expect(largestDifference(seen, ragged) < 5e-6)
  }

  @Test func spanTargetsAreClampedAndIgnored() throws {
    let model = try BertSpanModel(folder: ModelFixtures.bertSpans)
    let batch = TokenBatch([[2, 50, 61, 3], [2, 9, 3]])
    func loss(_ starts: [Int32], _ ends: [Int32]) throws -> Float {
      try model.loss(batch, starts: starts, ends: ends, in: Pass()).value.elements[0]
    }
    let logits = model.logits(try model.hidden(batch, in: Pass()), in: Pass()).value.elements
    func part(_ side: Int, _ rows: Range<Int>, _ target: Int) -> Double {
      let x = rows.map { Double(logits[2 * $0 + side]) }
      return log(x.reduce(0) { $0 + exp($1) }) - x[target]
    }
    let whole =
      (part(0, 0..<4, 1) + part(0, 4..<7, 2)) / 4 + (part(1, 0..<4, 3) + part(1, 4..<7, 0)) / 4
    try #expect(abs(Double(loss([1, 2], [3, 0])) - whole) < 1e-6)
    // A negative place is the first token; one behind the segment counts in neither mean.
    let cut = part(0, 0..<4, 0) / 2 + (part(1, 0..<4, 2) + part(1, 4..<7, 2)) / 4
    try #expect(abs(Double(loss([-1, 3], [2, 2])) - cut) < 1e-6)
    try #expect(loss([4, 9], [4, Int32.max]) == 0)
  }

  @Test func ignoredLabelsCountInNoMean() throws {
    let model = try BertClassifier(folder: ModelFixtures.bertClassifier)
    let batch = TokenBatch([[2, 50, 61, 3], [2, 9, 3]])
    let both = try model.loss(batch, labels: [1, ignoredLabel], in: Pass()).value.elements[0]
    let one = try model.loss(TokenBatch([[2, 50, 61, 3]]), labels: [1], in: Pass())
    #expect(abs(both - one.value.elements[0]) < 1e-6)
    let window = try model.loss(batch, labels: [1, ignoredLabel], count: 4, in: Pass())
    #expect(abs(window.value.elements[0] - both / 4) < 1e-6)
    #expect(throws: ModelFault.tokenOutOfRange(id: 3, vocabulary: 3)) {
      try model.loss(batch, labels: [0, 3], in: Pass())
    }
  }
}
