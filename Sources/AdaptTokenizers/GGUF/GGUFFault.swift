// What can be wrong with a GGUF file.
package import AdaptSystem

/// A GGUF file that cannot be read.
package enum GGUFFault: DiagnosableError, Equatable {
  case file(FileFault)
  case notGGUF(path: String)
  case version(path: String, got: UInt32)
  /// The file ends, or the part of it that may be read, before what is announced.
  case truncated(path: String, part: String, offset: Int, wanted: UInt64, got: Int)
  case malformed(path: String, offset: Int, reason: String)
  case missing(path: String, key: String)
  case value(path: String, key: String, wanted: String, got: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .notGGUF(let path):
      Diagnosis("not a GGUF file: it does not begin with `GGUF`", place: path)
    case .version(let path, let got):
      Diagnosis(
        "a GGUF version that cannot be read", wanted: "2 or 3, little-endian", got: "\(got)",
        place: path)
    case .truncated(let path, let part, let offset, let wanted, let got):
      Diagnosis(
        "a GGUF file is too short for its \(part)", wanted: "\(wanted) more bytes",
        got: "\(got)", place: "\(path), byte \(offset)")
    case .malformed(let path, let offset, let reason):
      Diagnosis("malformed GGUF file: \(reason)", place: "\(path), byte \(offset)")
    case .missing(let path, let key):
      Diagnosis("a GGUF file lacks `\(key)`", place: path)
    case .value(let path, let key, let wanted, let got):
      Diagnosis("`\(key)` of a GGUF file", wanted: wanted, got: got, place: path)
    }
  }
}
