// The suite over the committed references: all that the product does must pass, and only the rest is listed.
import AdaptGoldenSuite
import AdaptTestSupport
import Foundation
import Testing

struct GoldenSuiteTests {
  static let notImplemented = [
    "tokenizers/wordpiece: decoded texts",
    "optim/adafactor_beta1", "optim/adafactor_fixed", "optim/adafactor_relative", "optim/adam_l2",
    "optim/adamw_amsgrad", "optim/clip", "optim/lion", "optim/schedules", "optim/sgd",
    "optim/sgd_momentum", "optim/sgd_nesterov",
  ]

  /// Cases that are compared, with the number of their comparisons.
  static let compared = [
    "models/llama": 12, "models/mistral": 12, "models/qwen2": 12, "models/qwen3": 12,
    "models/gpt2": 12, "models/gemma2": 12, "models/phi3": 12, "peft/gpt2/lora_small": 11,
    "peft/gpt2/rslora": 11, "peft/qwen2/lora_small": 11, "models/bert": 11, "models/bert_cls": 6,
    "models/bert_qa": 6,
    "peft/llama/lora_small": 11, "peft/bert_cls/lora_small": 11, "peft/bert_qa/lora_small": 11,
    "quant/codebook": 1, "quant/plain64": 3, "quant/plain128": 3, "quant/double64": 3,
    "quant/double128": 3, "quant/int8_dynamic256": 4, "quant/qlora": 4, "optim/adamw": 3,
    "tokenizers/wordpiece": 2,
    "decoding/epsilon": 2, "decoding/eta": 2, "decoding/min_p": 2, "decoding/no_repeat_2gram": 2,
    "decoding/repetition_penalty": 2, "decoding/repetition_temperature_top_k_top_p_min_p": 2,
    "decoding/temperature": 2, "decoding/temperature_top_k_top_p": 2, "decoding/top_k": 2,
    "decoding/top_p": 2, "decoding/top_p_min_keep_3": 2, "decoding/typical": 2,
  ]

  @Test func committedReferencesPass() throws {
    var reported: [GoldenResult] = []
    let results = GoldenSuite.run(try GoldenFolder(GoldenSubset.root)) { reported.append($0) }
    #expect(results.misses.isEmpty, "\(results.lines)")
    #expect(reported == results)
    let listed = results.filter(\.isNotImplemented).map {
      $0.subject.isEmpty ? $0.name : "\($0.name): \($0.subject)"
    }
    #expect(Set(listed) == Set(Self.notImplemented) && listed.count == Self.notImplemented.count)
    let counts = Dictionary(grouping: results.filter { !$0.isNotImplemented }, by: \.name)
      .mapValues(\.count)
    #expect(counts == Self.compared)
  }

  /// An error far below its bound says that the bound says something: none is wider than a hundredth of a percent
  /// of its numbers, but for the weights that the reference itself calls sensitive.
  @Test func boundsAreNarrow() throws {
    let results = GoldenSuite.run(try GoldenFolder(GoldenSubset.root))
    for result in results {
      guard case .compared(let worst?, _) = result.outcome else { continue }
      let isSensitive =
        ["peft/bert_qa/lora_small", "peft/gpt2/lora_small"].contains(result.name)
        && ["step-10 adapter", "after logits"].contains(result.subject)
      #expect(worst.bound < (isSensitive ? 3e-2 : 2e-4), "\(result.line)")
    }
  }

  @Test func aLineSaysWhatWasCompared() throws {
    let copy = try GoldenCopy(["optim"])
    let results = try copy.run()
    let line = try #require(results.first { $0.name == "optim/adamw" }).line
    #expect(line.hasPrefix("pass  optim/adamw"))
    #expect(line.contains("weight") && line.contains(" of ") && line.contains("adamw.weight["))
    let missing = try #require(results.first { $0.name == "optim/lion" })
    #expect(missing.line == "not implemented: optim/lion: only AdamW is there")
    let summary = GoldenSummary(results)
    #expect(summary.line == "3 comparisons pass, 0 fail, 11 not implemented")
    #expect(summary.status == 0)
  }

  /// A folder of which nothing is compared is no success.
  @Test func nothingComparedFails() throws {
    let copy = try GoldenCopy([])
    try FileManager.default.createDirectory(
      at: copy.url("adapterhub"), withIntermediateDirectories: true)
    #expect(GoldenSummary(try copy.run()).status == 1)
  }

  @Test func otherFoldersAreRefused() throws {
    let empty = try TemporaryFolder()
    #expect(throws: GoldenFault.self) { try GoldenFolder(URL(fileURLWithPath: empty.path)) }
    let absent = URL(fileURLWithPath: empty.path("absent"))
    #expect(throws: GoldenFault.layout(path: absent.path, got: "no such folder")) {
      try GoldenFolder(absent)
    }
    try empty.write("text", to: "file")
    #expect(throws: GoldenFault.self) { try GoldenFolder(URL(fileURLWithPath: empty.path("file"))) }
    try empty.write("[]", to: "models/MANIFEST.json")
    try empty.write("no JSON", to: "MANIFEST.json")
    #expect(throws: GoldenFault.self) { try GoldenFolder(URL(fileURLWithPath: empty.path)) }
  }
}

/// The executable that `make golden` runs.
struct GoldenCommandTests {
  private func run(_ arguments: [String]) throws -> Binary.Result {
    let place = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let folders = [
      URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent(),
      place.deletingLastPathComponent(),
      Bundle.main.bundleURL,
    ]
    let path = folders.map { $0.appendingPathComponent("AdaptGolden").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    let home = try TemporaryFolder()
    return try Binary(path: #require(path)).run(arguments, in: URL(fileURLWithPath: home.path))
  }

  @Test func statusSaysWhetherAllHolds() throws {
    let copy = try GoldenCopy(["optim"])
    let good = try run([copy.folder.path])
    #expect(good.status == 0, "\(good.output)\(good.errors)")
    #expect(good.output.hasSuffix("3 comparisons pass, 0 fail, 11 not implemented\n"))
    try copy.edit("optim/golden.safetensors", "adamw.weight", at: 5) { $0 + 1e-3 }
    let bad = try run([copy.folder.path])
    #expect(bad.status == 1)
    #expect(bad.output.contains("FAIL  optim/adamw"))
    #expect(bad.output.hasSuffix("2 comparisons pass, 1 fail, 11 not implemented\n"))
  }

  @Test func anotherFolderIsRefusedWithAHint() throws {
    let empty = try TemporaryFolder()
    let result = try run([empty.path])
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.hasPrefix("not a folder of references: wanted "))
    #expect(result.errors.contains("hint: "))
    #expect(try run([]).status == 2)
  }
}
