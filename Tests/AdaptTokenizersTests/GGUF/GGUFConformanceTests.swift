// The vocabularies of llama.cpp's own tests. They are not copied here: `GGUF_VOCABULARIES` names their
// folder, or `GOLDEN` a folder beside which `data/gguf-vocab` lies; without them the test is skipped.
import AdaptTokenizers
import Foundation
import Testing

struct GGUFConformanceTests {
  static let folder: URL? = {
    let named = ProcessInfo.processInfo.environment["GGUF_VOCABULARIES"].map {
      URL(fileURLWithPath: $0)
    }
    let folder =
      named
      ?? GoldenFixtures.full?.deletingLastPathComponent().appendingPathComponent("data/gguf-vocab")
    guard let folder, FileManager.default.fileExists(atPath: folder.path) else { return nil }
    return folder
  }()

  /// Texts and ids of one vocabulary.
  private static func cases(_ url: URL) throws -> [(text: String, ids: [Int32])] {
    func contents(_ ending: String) throws -> String {
      String(decoding: try Data(contentsOf: url.appendingPathExtension(ending)), as: UTF8.self)
    }
    let texts = try contents("inp").components(separatedBy: "\n__ggml_vocab_test__\n")
    let lines = try contents("out").components(separatedBy: "\n")
    // Both files end with a separator.
    return zip(texts.dropLast(), lines).map {
      ($0, $1.split(separator: " ").compactMap { Int32($0) })
    }
  }

  @Test(.enabled(if: folder != nil, "neither GGUF_VOCABULARIES nor GOLDEN names them"))
  func everyCaseOfEveryVocabularyPasses() throws {
    let folder = try #require(Self.folder)
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "gguf" }.sorted { $0.path < $1.path }
    #expect(files.count == 10)
    for file in files {
      let header = try GGUFHeader(contentsOf: file)
      let tokenizer = try Tokenizer(gguf: header, path: file.path, findsControlTokens: false)
      let cases = try Self.cases(file)
      #expect(cases.count == 46)
      for (text, ids) in cases {
        let got = tokenizer.ids(text, addingSpecialTokens: false)
        #expect(got == ids, "\(file.lastPathComponent): \(text)")
      }
    }
  }
}
