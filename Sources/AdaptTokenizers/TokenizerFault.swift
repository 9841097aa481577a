// What can be wrong with tokenizer files.
package import AdaptSystem

/// A tokenizer that cannot be read, or is of a kind not known here.
package enum TokenizerFault: DiagnosableError, Equatable {
  case file(FileFault)
  /// None of the files that hold a tokenizer is in the folder.
  case missing(folder: String, wanted: [String])
  case malformed(path: String, reason: String)
  /// A vocabulary entry that cannot be, `offset` bytes into the file.
  case vocabulary(path: String, offset: Int, reason: String)
  case unsupported(path: String, part: String, got: String, known: [String])
  case missingToken(path: String, token: String)
  /// Text that is not JSON.
  case json(JSONFault)
  /// A regular expression that cannot be used.
  case pattern(path: String, PatternFault)
  /// A limit on tokens that cannot be kept.
  case truncation(wanted: String, got: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .missing(let folder, let wanted):
      Diagnosis(
        "no tokenizer in the model folder", wanted: wanted.joined(separator: " or "),
        place: folder)
    case .malformed(let path, let reason):
      Diagnosis("malformed tokenizer file: \(reason)", place: path)
    case .vocabulary(let path, let offset, let reason):
      Diagnosis("malformed vocabulary: \(reason)", place: "\(path), byte \(offset)")
    case .unsupported(let path, let part, let got, let known):
      Diagnosis(
        "unknown \(part.excerpt)", wanted: known.joined(separator: " or "),
        got: "`\(got.excerpt)`", place: path)
    case .missingToken(let path, let token):
      Diagnosis("the vocabulary lacks the token `\(token.excerpt)`", place: path)
    case .json(let fault): fault.diagnosis
    case .pattern(let path, let fault):
      Diagnosis(
        fault.diagnosis.what, wanted: fault.diagnosis.wanted,
        got: fault.diagnosis.got, place: path, hint: fault.diagnosis.hint)
    case .truncation(let wanted, let got):
      Diagnosis("the texts cannot be cut to the limit of tokens", wanted: wanted, got: got)
    }
  }
}
