// Reads a profile from a YAML or JSON file: one map of question ids to answers.
internal import AdaptSystem
package import Foundation

extension Profile {
  /// A file of answers is small; what is larger is something else.
  private static let maximumBytes = 256 << 10

  /// Sets every answer of a YAML or JSON file (JSON is read as YAML).
  ///
  /// The file is one map: question id → value, a list for several choices, null for "don't know".
  /// A map `profile: {…}`, as the JSON report has it, is read as well.
  ///
  /// - Throws: `ProfileFault.file` with every fault and its place; nothing is changed then.
  package mutating func read(file: URL) throws(ProfileFault) {
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try WholeFile.read(file.path, limit: Self.maximumBytes)
    } catch {
      throw ProfileFault.file([error.diagnosis])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ProfileFault.file([Diagnosis("not UTF-8 text", place: file.path)])
    }
    try read(text, name: file.path)
  }

  /// Sets every answer of a YAML or JSON text; `name` stands in faults.
  package mutating func read(_ text: String, name: String) throws(ProfileFault) {
    let root: Datum
    do throws(YAMLFault) {
      root = try YAMLReader.read(text, file: name)
    } catch {
      throw ProfileFault.file([error.diagnosis])
    }
    let log = FaultLog()
    var changed = self
    if let reader = MapReader(root, file: name, log: log) {
      let inner = reader.all.first { $0.key == "profile" }?.value
      let answers = inner.map { MapReader($0, file: name, log: log) } ?? reader
      for entry in answers?.all ?? [] { changed.take(entry, name, log) }
    }
    guard log.faults.isEmpty else { throw ProfileFault.file(log.faults) }
    self = changed
  }

  private mutating func take(_ entry: Datum.Entry, _ file: String, _ log: FaultLog) {
    let text: String? =
      switch entry.value.content {
      case .scalar(let text): text.isEmpty ? "unknown" : text
      case .list(let items): items.map { $0.scalar ?? "" }.joined(separator: ",")
      case .map: nil
      }
    do throws(ProfileFault) {
      try set(entry.key, text ?? "{}")
    } catch {
      let isKey = if case .unknownKey = error { true } else { false }
      let place =
        isKey ? Datum(.map([]), line: entry.line, column: entry.column) : entry.value
      let fault = error.diagnosis
      log.add(
        fault.what, wanted: fault.wanted, got: fault.got, at: place, in: file, hint: fault.hint)
    }
  }
}
