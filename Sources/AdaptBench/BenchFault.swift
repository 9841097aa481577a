// What can be wrong with what the program was asked to do.
import AdaptSystem

/// A benchmark that cannot run.
enum BenchFault: DiagnosableError, Equatable {
  /// Less memory than the measurement of the limits needs.
  case noMemory(bytes: Int)
  case outOfRange(option: String, wanted: String, got: Int)
  case unknownConfiguration(name: String, known: [String])
  /// A key of a config.json that is missing or cannot be used.
  case configuration(path: String, key: String, wanted: String, got: String)
  case notJSON(path: String, wanted: String)
  case unknownArchitecture(path: String, key: String, got: String, known: [String])
  case outExists(path: String)
  case outIsNoModel(path: String)
  case noFolder(path: String)
  case noSpace(path: String, wanted: Int, free: Int)
  case noTexts(path: String)
  case stopped

  var diagnosis: Diagnosis {
    switch self {
    case .noMemory(let bytes):
      Diagnosis("not enough memory to measure its speed", wanted: "\(bytes) bytes")
    case .outOfRange(let option, let wanted, let got):
      Diagnosis("`\(option)` is out of range", wanted: wanted, got: "\(got)")
    case .unknownConfiguration(let name, let known):
      Diagnosis(
        "unknown configuration `\(name)`", wanted: "a name or the path of a config.json",
        hint: NearestName.hint(for: name, among: known))
    case .configuration(let path, let key, let wanted, let got):
      Diagnosis("`\(key)` cannot be used", wanted: wanted, got: got, place: path)
    case .notJSON(let path, let wanted):
      Diagnosis("not the JSON that is needed", wanted: wanted, place: path)
    case .unknownArchitecture(let path, let key, let got, let known):
      Diagnosis(
        "unknown `\(key)`", wanted: known.joined(separator: " or "), got: "`\(got)`", place: path,
        hint: NearestName.hint(for: got, among: known))
    case .outExists(let path):
      Diagnosis(
        "`\(path)` is there already", hint: "--force replaces a model folder, or name another")
    case .outIsNoModel(let path):
      Diagnosis(
        "`\(path)` is no model folder and is not replaced", wanted: "a folder with config.json",
        hint: "name another folder with --out")
    case .noFolder(let path):
      Diagnosis("no folder to write into: `\(path)`", hint: "make it, or name another with --out")
    case .noSpace(let path, let wanted, let free):
      Diagnosis(
        "the model is larger than the free space", wanted: "at most \(free) bytes",
        got: "\(wanted)", place: path)
    case .noTexts(let path):
      Diagnosis("no texts to embed", wanted: "a JSON array of texts, or one a line", place: path)
    case .stopped: Diagnosis("stopped; nothing was written")
    }
  }
}
