// The default embedder against sentence-transformers, where the model is installed.
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct MiniLMTests {
  @Test(
    .enabled(
      if: ModelFixtures.miniLM != nil && ModelFixtures.golden != nil,
      "needs all-MiniLM-L6-v2 in ADAPT_MODELS and GOLDEN, the folder of the full reference set"))
  func matchesSentenceTransformers() throws {
    let golden = try #require(ModelFixtures.golden).appendingPathComponent("minilm")
    let embedder = try SentenceEmbedder(folder: try #require(ModelFixtures.miniLM))
    let lines = try Data(contentsOf: golden.appendingPathComponent("texts.jsonl"))
      .split(separator: 0x0A).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    let expected = try SafetensorsFile(golden.appendingPathComponent("embeddings.safetensors"))
    let name = try #require(expected.tensors.keys.first)
    let reference = try expected.tensor(name)
    #expect(reference.shape == [lines.count, embedder.dimensions])

    let vectors = try embedder.embed(lines.map(\.text))
    for (row, vector) in vectors.enumerated() {
      let wanted = reference.withElements { Array($0[row * 384..<(row + 1) * 384]) }
      #expect(largestDifference(vector, wanted) < 1e-5, "\(lines[row].text.prefix(60))")
      let cosine = zip(vector, wanted).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(cosine > 0.99999)
    }
  }

  private struct Line: Decodable {
    let text: String
  }
}
