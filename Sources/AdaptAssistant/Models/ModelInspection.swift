// Looks at a model folder part by part, each look on its own, so that one failure hides no other.
import AdaptGradients
import AdaptModels
package import AdaptSystem
import AdaptTensors
import AdaptTokenizers
import Foundation

/// A model folder looked at from all sides.
package struct ModelInspection: Sendable {
  package private(set) var facts: ModelFacts
  package private(set) var checks: [Check] = []
  private let folder: URL

  /// Weights up to this size are read through for values that are no numbers.
  private static let scannedBytes = 4 << 30

  /// - Throws: `FileFault.missing` when there is no such folder.
  package init(
    _ path: String, machine: MachineMemory? = MachineMemory.now()
  ) throws(FileFault) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .missing(path: path)
    }
    folder = URL(fileURLWithPath: path)
    facts = ModelFacts(folder: path)
    facts.machine = machine
    guard isFolder.boolValue else {
      checks.append(
        Check(
          name: "folder", state: .broken, detail: "\(path) is a file",
          mend: "name the folder with config.json and model.safetensors"))
      return
    }
    guard !has("adapter_config.json") || has("config.json") else {
      checks.append(
        Check(
          name: "folder", state: .broken, detail: "\(path) holds an adapter and no model",
          mend: "name it behind `--adapter`, and its base model behind `--model`"))
      return
    }
    let kind = lookAtConfiguration()
    lookAtWeights(kind)
    lookAtTokenizer()
    guard !facts.isEncoder else { return }
    lookAtTemplate()
    if case .language(let configuration) = kind { lookAtGeneration(configuration.summary) }
  }

  /// What a folder's configuration is of.
  private enum Kind {
    case language(any CausalConfiguration)
    case encoder(BertConfiguration)
  }

  /// Whether something that is needed does not work.
  package var isBroken: Bool { checks.contains { $0.state == .broken } }

  private func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  private mutating func lookAtConfiguration() -> Kind? {
    do throws(ModelFault) {
      let kind = try readConfiguration()
      switch kind {
      case .language(let configuration): note(configuration.summary)
      case .encoder(let configuration): note(configuration)
      }
      return kind
    } catch {
      checks.append(Check(name: "config.json", error))
      return nil
    }
  }

  /// A language model, or else an encoder where it is one.
  private func readConfiguration() throws(ModelFault) -> Kind {
    let file = folder.appendingPathComponent("config.json")
    do throws(ModelFault) {
      return .language(try CausalModels.configuration(file))
    } catch {
      guard case .unknownArchitecture(let path, let type, let known) = error else { throw error }
      let encoders = BertConfiguration.modelTypes
      if encoders.contains(type) { return .encoder(try BertConfiguration(file: file)) }
      throw .unknownArchitecture(path: path, type: type, known: known + encoders)
    }
  }

  private mutating func note(_ summary: ModelSummary) {
    (facts.family, facts.parameters) = (summary.family, summary.parameters)
    (facts.context, facts.vocabulary) = (summary.positions, summary.vocabulary)
    (facts.layers, facts.width) = (summary.layers, summary.width)
    facts.cacheBytesPerToken = summary.cacheWidth * 4
    checks.append(Check(name: "config.json", state: .ok, detail: summary.brief))
  }

  private mutating func note(_ c: BertConfiguration) {
    (facts.family, facts.isEncoder) = ("bert", true)
    (facts.context, facts.vocabulary) = (c.positions, c.vocabulary)
    (facts.layers, facts.width) = (c.layers, c.width)
    let brief =
      "bert, \(c.layers) layers of \(c.width), \(c.heads) heads, vocabulary \(c.vocabulary), "
      + "context \(c.positions)"
    checks.append(Check(name: "config.json", state: .ok, detail: brief))
    checks.append(
      Check(
        name: "use", state: .ok, detail: "encoder: embeds and classifies, does not generate"))
  }

  private mutating func lookAtWeights(_ kind: Kind?) {
    do throws(ModelFault) {
      let files = try ParameterReader.files(in: folder)
      let tensors = files.files.flatMap { $0.tensors.values }
      facts.stored = Set(tensors.map { "\($0.type)" }).sorted()
      facts.storedBytes = tensors.reduce(0) { $0 + $1.bytes.count }
      let outline: ModelOutline
      switch kind {
      case nil: return
      case .language(let configuration): outline = try configuration.model(files).outline
      case .encoder(let configuration): outline = try Self.outline(of: configuration, files)
      }
      facts.parameters = outline.parameterCount
      facts.memory = MemoryNeed.all(for: outline, in: files, on: facts.machine)
      checks.append(weightsCheck(outline))
    } catch {
      checks.append(Check(name: "weights", error))
    }
  }

  /// The encoder with the head that its configuration names.
  private static func outline(
    of configuration: BertConfiguration, _ files: WeightFiles
  ) throws(ModelFault) -> ModelOutline {
    switch configuration.head {
    case .sequenceClassification: try BertClassifier(configuration, files).outline
    case .questionAnswering: try BertSpanModel(configuration, files).outline
    default: try Bert(configuration, files).outline
    }
  }

  /// Sound weights, or the first that hold NaN or an infinity.
  private func weightsCheck(_ outline: ModelOutline) -> Check {
    let bytes = facts.storedBytes ?? 0
    var size = "\(facts.stored.joined(separator: ", ")), \(ByteSize.text(bytes))"
    if facts.isEncoder {
      size = "\(CountText.brief(outline.parameterCount)) parameters, " + size
    }
    let isScanned = bytes <= Self.scannedBytes
    if isScanned, let wrong = outline.parameters.first(where: { !isFinite($0.weight) }) {
      return Check(
        name: "weights", state: .broken, detail: "`\(wrong.name)` holds NaN or an infinity",
        mend: "get the file again, or look at the training that wrote it")
    }
    if let unused = outline.unused.first {
      return Check(
        name: "weights", state: .missing,
        detail: "\(size); \(outline.unused.count) tensors without a use, such as `\(unused)`")
    }
    let values = isScanned ? "every value is a number" : "shapes only: values not read"
    return Check(name: "weights", state: .ok, detail: "\(size), \(values)")
  }

  /// Whether no value is NaN or infinite; a panel of rows at a time.
  private func isFinite(_ weight: any WeightMatrix) -> Bool {
    let step = max(1, (1 << 18) / max(1, weight.columns))
    return stride(from: 0, to: weight.rows, by: step).allSatisfy { first in
      let rows = (first..<min(first + step, weight.rows)).map { Int32($0) }
      return embedding(rows, .frozen(weight)).value.withElements { $0.allSatisfy(\.isFinite) }
    }
  }

  private mutating func lookAtTokenizer() {
    do {
      let tokenizer = try Tokenizer(folder: folder)
      (facts.tokenizer, facts.tokens) = (tokenizer.kind, tokenizer.size)
      var detail = "\(tokenizer.kind), \(tokenizer.size) tokens"
      if let vocabulary = facts.vocabulary {
        try ModelSummary.check(
          highestToken: tokenizer.size - 1, vocabulary: vocabulary, path: folder.path)
        let padding = vocabulary - tokenizer.size
        if padding > 0 { detail += "; \(padding) rows of padding are never sampled" }
      }
      checks.append(Check(name: "tokenizer", state: .ok, detail: detail))
    } catch let fault as any DiagnosableError {
      checks.append(Check(name: "tokenizer", fault))
    } catch {
      checks.append(Check(name: "tokenizer", state: .broken, detail: "\(error)"))
    }
  }

  /// A template that renders a system message, or that at least renders without one.
  private mutating func lookAtTemplate() {
    typealias Message = AdaptTokenizers.ChatMessage
    let turns = [Message("user", "?"), Message("assistant", "!"), Message("user", "?")]
    do throws(TemplateFault) {
      guard let template = try ChatTemplate(ifIn: folder) else {
        checks.append(
          Check(
            name: "chat template", state: .missing, detail: "none: a base model, or an old folder",
            mend: "`--chat-template NAME|FILE` names one for `chat` and `ask`"))
        return
      }
      facts.template = template.template.name
      _ = try template.rendered(turns, addGenerationPrompt: true)
      var detail = template.template.name
      do throws(TemplateFault) {
        _ = try template.rendered([Message("system", "?")] + turns, addGenerationPrompt: true)
      } catch {
        detail += "; takes no system message"
      }
      checks.append(Check(name: "chat template", state: .ok, detail: detail))
    } catch {
      checks.append(Check(name: "chat template", error))
    }
  }

  /// Whether generation knows where to stop.
  private mutating func lookAtGeneration(_ summary: ModelSummary) {
    do throws(ModelFault) {
      let defaults = try GenerationDefaults(
        folder: folder, vocabulary: summary.vocabulary, special: summary.special)
      let ends = defaults.stopTokens
      guard !ends.isEmpty else {
        checks.append(
          Check(
            name: "end of text", state: .missing, detail: "no token ends a text",
            mend: "`--max-tokens` and `--stop` bound what is generated"))
        return
      }
      let list = ends.sorted().map(String.init).joined(separator: ", ")
      checks.append(Check(name: "end of text", state: .ok, detail: "token \(list)"))
    } catch {
      checks.append(Check(name: "generation_config.json", error))
    }
  }
}

extension ModelSummary {
  /// One line of what the configuration says.
  var brief: String {
    var parts = [
      "\(family), \(CountText.brief(parameters)) parameters", "\(layers) layers of \(width)",
      "\(heads) heads" + (keyValueHeads == heads ? "" : " on \(keyValueHeads)"),
      "vocabulary \(vocabulary)",
    ]
    parts.append(positions.map { "context \($0)" } ?? "no end of the context")
    if let window { parts.append("window \(window)") }
    return parts.joined(separator: ", ")
  }
}

extension ModelInspection {
  /// The checks, then memory and cache.
  package var blocks: [WalkBlock] {
    var blocks = checks.map(\.block)
    if !facts.memory.isEmpty {
      let machine = facts.machine.map {
        " (\(ByteSize.text($0.available)) of \(ByteSize.text($0.total)) free)"
      }
      blocks += [.blank, .heading("Memory of the weights" + (machine ?? ""))]
      blocks += facts.memory.map { need in
        let note = need.fits.map { $0 ? "" : "  does not fit now" } ?? ""
        return .entry(term: need.format, text: ByteSize.text(need.bytes) + note)
      }
    }
    if let bytes = facts.cacheBytesPerToken {
      blocks.append(
        .note("keys and values: \(ByteSize.text(bytes * 1000)) for 1,000 tokens of context"))
    }
    return blocks
  }
}
