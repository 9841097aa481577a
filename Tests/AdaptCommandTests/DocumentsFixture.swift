// A folder of documents and the binary beside it, with and without a tiny embedding model.
import AdaptTestSupport
import Foundation
import Testing

/// Documents below `work/docs`; the model folder of the environment is empty.
struct DocumentsFixture {
  let command: CommandFixture

  static let contract = """
    # Contract

    ## Notice

    The notice period is three months. Either party may end the contract in writing.

    ## Fees

    The monthly fee is 200 euros and is due on the first working day.
    """

  /// Two-character words, and Latin words glued to Chinese: what keyword indexes get wrong.
  static let chinese = """
    大模型微调需要标注数据，知识库更新快时用检索增强。

    使用LoRA微调可以减轻灾难性遗忘，知识库不必重建。
    """

  init(empty: Bool = false) throws {
    command = try CommandFixture()
    try FileManager.default.createDirectory(
      atPath: command.scratch.path("work/docs"), withIntermediateDirectories: true)
    guard !empty else { return }
    try write(Self.contract, to: "contract.md")
    try write(Self.chinese, to: "zh.txt")
  }

  func write(_ text: String, to name: String) throws {
    try command.scratch.write(text, to: "work/docs/" + name)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
  }

  /// The absolute path of a document.
  func path(_ name: String) -> String { command.scratch.path("work/docs/" + name) }

  var database: URL { command.folder.appendingPathComponent(".adapt/adapt.sqlite") }

  func run(
    _ arguments: [String], environment changes: [String: String] = [:]
  ) throws -> Binary.Result {
    try command.binary.run(
      arguments, in: command.folder, environment: command.environment.merging(changes) { $1 })
  }

  func run(_ arguments: String...) throws -> Binary.Result { try run(arguments) }

  /// Runs with `--json`, expects `status` and nothing on standard error, and gives the object.
  func object(
    _ arguments: String..., status: Int32 = 0, at location: SourceLocation = #_sourceLocation
  ) throws -> [String: Any] {
    let result = try run(arguments + ["--json"])
    #expect(result.status == status, "\(result.errors)", sourceLocation: location)
    #expect(result.errors == "", sourceLocation: location)
    return try json(result.output)
  }

  /// Expects that a command ends in an error that holds `words`, with nothing on standard output.
  func expectError(
    _ arguments: String..., holding words: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try run(arguments)
    #expect(result.status == 2, sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    #expect(result.errors.hasPrefix("error: "), "\(result.errors)", sourceLocation: location)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: location)
    #expect(!result.errors.contains("Fatal"), sourceLocation: location)
  }

  /// What a search says now, to compare with later.
  func state() throws -> String {
    let results = try ["notice period", "微调", "fee"].map { query in
      try run(["search", query, "--mode", "lexical", "--json"]).output
    }
    return results.joined()
  }

  /// The tiny BERT of the tests, copied so that a test may damage it.
  func model(_ name: String = "model") throws -> URL {
    let folder = command.scratch.url.appendingPathComponent(name)
    try FileManager.default.copyItem(
      at: Binary.root.appendingPathComponent("Tests/AdaptModelsTests/Fixtures/bert"), to: folder)
    return folder
  }

  /// Replaces text in a file of a model, byte for byte.
  func edit(_ file: URL, _ old: String, _ new: String) throws {
    var data = try Data(contentsOf: file)
    let range = try #require(data.range(of: Data(old.utf8)))
    data.replaceSubrange(range, with: Data(new.utf8))
    try data.write(to: file)
  }
}

extension [String: Any] {
  func strings(_ key: String) -> [String] { self[key] as? [String] ?? [] }
  func number(_ key: String) -> Int? { self[key] as? Int }
  func object(_ key: String) -> [String: Any] { self[key] as? [String: Any] ?? [:] }
  func objects(_ key: String) -> [[String: Any]] { self[key] as? [[String: Any]] ?? [] }

  /// Paths of the citations of `results`.
  var foundPaths: [String] {
    objects("results").compactMap { $0.object("citation")["path"] as? String }
  }
}
