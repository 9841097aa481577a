// The checks of `adapt doctor`, each on its own, so that one failure hides no other.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import AdaptSystem
import Foundation

/// Looks at everything adapt can use on this machine.
struct Doctor {
  let options: GlobalOptions
  let streams: StandardStreams

  init(_ options: GlobalOptions, _ streams: StandardStreams) throws {
    self.options = options
    self.streams = streams
    _ = try Language.choose(options.lang, environment: streams.environment)
  }

  var checks: [Check] {
    [
      knowledge, embedder, database,
      tool("pdftotext", package: "poppler-utils", what: "PDF"),
      tool("pandoc", package: "pandoc", what: "DOCX, ODT, EPUB, RST, LaTeX and notebooks"),
      tool("curl", package: "curl", what: "answers by a model (`ask --llm`)"),
      locale,
    ]
  }

  private var knowledge: Check {
    do {
      let resources = try Resources.locate(environment: streams.environment)
      let knowledge = try Knowledge.load(home: resources.home, cache: nil)
      let counts =
        "\(knowledge.questionnaire.questions.count) questions, \(knowledge.rules.count) rules, "
        + "\(knowledge.cards(.en).count) methods, \(knowledge.evidence.count) evidence files"
      return Check(
        name: "knowledge", state: .ok, detail: "\(counts) in \(resources.home.path)")
    } catch let fault as any DiagnosableError {
      return Check(
        name: "knowledge", state: .broken, detail: fault.diagnosis.what,
        mend: fault.diagnosis.hint)
    } catch {
      return Check(name: "knowledge", state: .broken, detail: "\(error)")
    }
  }

  /// The default embedder's files; without it search is lexical.
  private var embedder: Check {
    let folder = Resources.models(environment: streams.environment)
      .appendingPathComponent("all-MiniLM-L6-v2")
    let files = ["model.safetensors", "config.json", "tokenizer.json"]
    let missing = files.filter {
      !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
    }
    if missing.isEmpty {
      return Check(name: "embedder", state: .ok, detail: folder.path)
    }
    let isAbsent = missing.count == files.count
    return Check(
      name: "embedder", state: .missing,
      detail: isAbsent
        ? "not in \(folder.path); search is by keywords only"
        : "\(missing.joined(separator: ", ")) missing in \(folder.path)",
      mend: "`make run` in the source folder installs it; ADAPT_MODELS names another place")
  }

  private var database: Check {
    let workspace = Workspace.locate(
      explicit: options.workspace, environment: streams.environment)
    guard let handle = FileHandle(forReadingAtPath: workspace.database) else {
      return Check(
        name: "documents", state: .missing, detail: "nothing indexed in \(workspace.folder)",
        mend: "`adapt index PATH`")
    }
    defer { try? handle.close() }
    let head = (try? handle.read(upToCount: 16)) ?? Data()
    guard head == Data("SQLite format 3\u{0}".utf8) else {
      return Check(
        name: "documents", state: .broken, detail: "\(workspace.database) is no SQLite database",
        mend: "move it away and run `adapt index` again")
    }
    let size = (try? handle.seekToEnd()) ?? 0
    return Check(
      name: "documents", state: .ok,
      detail: "\(workspace.database), \(ByteSize.text(Int(clamping: size)))")
  }

  private func tool(_ name: String, package: String, what: String) -> Check {
    let folders = (streams.environment["PATH"] ?? "").split(separator: ":")
    for folder in folders where access("\(folder)/\(name)", X_OK) == 0 {
      return Check(name: name, state: .ok, detail: "\(folder)/\(name)")
    }
    return Check(
      name: name, state: .missing, detail: "not found; needed for \(what)",
      mend: "`apt install \(package)`")
  }

  private var locale: Check {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { streams.environment[$0] }
    let name = names.first { !$0.isEmpty } ?? "none"
    let isWide = name.uppercased().contains("UTF-8") || name.uppercased().contains("UTF8")
    return Check(
      name: "locale", state: isWide ? .ok : .missing, detail: name,
      mend: isWide ? nil : "`export LANG=C.UTF-8`, so that other programs read Chinese too")
  }
}
