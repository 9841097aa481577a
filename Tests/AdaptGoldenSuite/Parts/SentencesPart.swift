// minilm/: sentences through the embedder that set-up installs, numbers of tokens and vectors.
import AdaptModels
import AdaptSystem
import AdaptTensors
import AdaptTokenizers
import Foundation

enum SentencesPart: GoldenPart {
  static let folder = "minilm"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    [SentencesCase(folder: folder)]
  }
}

struct SentencesCase: GoldenCase {
  private struct Line: Decodable {
    let text: String
    let ids: [Int32]
  }

  let folder: GoldenFolder
  let name = "minilm"

  func run(_ log: inout CaseLog) throws {
    let model = Resources.models().appendingPathComponent("all-MiniLM-L6-v2")
    guard FileManager.default.fileExists(atPath: model.appendingPathComponent("config.json").path)
    else { throw NotImplemented("its model does not lie at \(model.path)") }
    let data: Data
    let path = folder.url("minilm/texts.jsonl")
    do { data = try Data(contentsOf: path) } catch { throw FileFault.missing(path: path.path) }
    let lines = try data.split(separator: 0x0A).map {
      try JSONDecoder().decode(Line.self, from: Data($0))
    }
    let embedder = try SentenceEmbedder(folder: model)
    let golden = try folder.tensors("minilm/embeddings.safetensors")
    log.expectEqual("numbers") { equality in
      for (i, line) in lines.enumerated() {
        // What is cut at the limit of tokens still ends with the token behind every text.
        let ours = embedder.tokens(of: line.text).map(\.id).prefix(max(0, line.ids.count - 2))
        equality.expect(
          Array(ours), elements: Array(line.ids.dropFirst().dropLast()), of: "text \(i)")
      }
    }
    log.compare("vectors") { tally in
      let vectors = try embedder.embed(lines.map(\.text))
      guard let tensor = golden.names.first, golden.names.count == 1 else {
        throw GoldenFault.damaged(
          path: name, what: "embeddings.safetensors", wanted: "one tensor",
          got: "\(golden.names.count)")
      }
      let ours = Tensor([vectors.count, embedder.dimensions], vectors.flatMap { $0 })
      try tally.compare(ours, with: golden(tensor), within: Bounds.vectors)
    }
  }
}
