// Saving and loading: decision records, profiles, and the walk itself between sessions.
import AdaptGuidance
import AdaptSystem
import Foundation

extension Walk {
  /// The walk as the workspace keeps it.
  package var state: WalkState {
    var state = WalkState()
    state.language = language.rawValue
    for id in profile.answered { state.answers[id] = profile.text(id) }
    state.order = order
    state.skipped = skipped
    state.isAdvised = isAdvised
    return state
  }

  /// Takes up a kept walk; answers that no longer fit are named and left open.
  mutating func restore(_ state: WalkState) -> [WalkBlock] {
    var lost: [String] = []
    for (key, value) in state.answers.sorted(by: { $0.key < $1.key }) {
      do {
        try profile.set(key, value)
      } catch {
        lost.append("\(key)=\(value)")
      }
    }
    order = state.order.filter { profile.answer($0) != nil || state.skipped.contains($0) }
    let known = Set(order)
    order += profile.answered.filter { !known.contains($0) }
    skipped = state.skipped.filter {
      profile.questionnaire[$0] != nil && profile.answer($0) == nil
    }
    guard !lost.isEmpty else { return [] }
    return [.warning(say("resume.lost", ["list": lost.joined(separator: ", ")]))]
  }

  /// Writes the advice as a decision record, or the answers as a profile when the name ends so.
  func save(_ name: String?) -> WalkTurn {
    let path = name.map(Self.expanded) ?? Self.freshRecord(in: places.reports)
    let kind = (path as NSString).pathExtension.lowercased()
    let isProfile = ["yaml", "yml", "json"].contains(kind)
    do {
      let text = isProfile ? try profileText(asJSON: kind == "json") : record()
      let folder = (path as NSString).deletingLastPathComponent
      if !folder.isEmpty {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      }
      try AtomicFile.write(Data(text.utf8), to: path)
    } catch let fault as FileFault {
      return WalkTurn([.fault(fault.diagnosis)])
    } catch {
      let fault = FileFault.unwritable(path: path, reason: error.localizedDescription)
      return WalkTurn([.fault(fault.diagnosis)])
    }
    return WalkTurn([
      .success(say(isProfile ? "save.profile" : "save.record", ["path": Self.shown(path)]))
    ])
  }

  /// The first of decision.md, decision-2.md and so on that no file has yet.
  package static func freshRecord(in folder: String) -> String {
    var path = folder + "/decision.md"
    var number = 1
    while FileManager.default.fileExists(atPath: path) {
      number += 1
      path = folder + "/decision-\(number).md"
    }
    return path
  }

  private func record() -> String {
    AdviceReport(advisor.advise(profile), knowledge: knowledge, language: language).markdown()
  }

  /// The answers as YAML or JSON, in the order of the walk; `load` and `--profile` read them.
  private func profileText(asJSON: Bool) throws -> String {
    let pairs = profile.answered.compactMap { id in profile.text(id).map { (id, $0) } }
    if asJSON {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let object = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
      return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
    }
    return pairs.map { "\($0.0): \(Self.quoted($0.1))\n" }.joined()
  }

  /// A YAML string in double quotes: every answer is text.
  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// Replaces the answers by those of a profile file.
  mutating func load(_ name: String) -> WalkTurn {
    let path = Self.expanded(name)
    var loaded = knowledge.newProfile
    do {
      try loaded.read(file: URL(fileURLWithPath: path))
    } catch {
      return WalkTurn([.fault(localised(error))])
    }
    profile = loaded
    order = profile.answered
    skipped = []
    isAdvised = false
    wantsAll = false
    let counts = ["answered": "\(order.count)", "path": Self.shown(path)]
    return WalkTurn([.success(say("load.done", counts)), .blank], question: askNext())
  }

  /// A path as it is shown: relative where it lies in the current folder.
  package static func shown(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }

  /// A path with `~` written out.
  static func expanded(_ path: String) -> String {
    path.hasPrefix("~") ? (path as NSString).expandingTildeInPath : path
  }
}
