// The encoder through packed layers gives what it gives without them.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct PackedBertTests {
  @Test(.enabled(if: PackedLayers.isFast, "needs AVX-512"))
  func hiddenStatesAreThoseOfTheEncoder() throws {
    let encoder = try Bert(folder: ModelFixtures.bert)
    let packed = try #require(PackedBert(encoder))
    for lengths in [[1], [20], [3, 0, 17, 1], [64, 63, 40]] {
      let sequences = lengths.map { length in (0..<length).map { Int32(5 + $0 * 7 % 300) } }
      let batch = TokenBatch(sequences)
      let plain = try encoder.hidden(batch, in: Pass()).values.value
      let fast = try encoder.hidden(batch, through: packed)
      #expect(fast.values.shape == plain.shape && fast.segments.count == lengths.count)
      #expect(largestDifference(fast.values.value.elements, plain.elements) < 5e-6, "\(lengths)")
    }
  }

  @Test(.enabled(if: PackedLayers.isFast, "needs AVX-512"))
  func tokensThatAreNoneAreErrors() throws {
    let encoder = try Bert(folder: ModelFixtures.bert)
    let packed = try #require(PackedBert(encoder))
    #expect(throws: ModelFault.tokenOutOfRange(id: 320, vocabulary: 320)) {
      try encoder.hidden(TokenBatch([[1, 320]]), through: packed)
    }
    #expect(throws: ModelFault.tooLong(tokens: 65, limit: 64)) {
      try encoder.hidden(TokenBatch([[Int32](repeating: 1, count: 65)]), through: packed)
    }
  }

  @Test func anotherNonlinearityIsLeftToTheEncoder() throws {
    try ModelFixtures.withCopy { folder in
      let url = folder.appendingPathComponent("config.json")
      let text = try String(contentsOf: url, encoding: .utf8)
      try Data(text.replacingOccurrences(of: #""gelu""#, with: #""gelu_new""#).utf8).write(to: url)
      try #expect(PackedBert(Bert(folder: folder)) == nil)
      try #expect(SentenceEmbedder(folder: folder).embed(["who won"]).count == 1)
    }
  }
}
