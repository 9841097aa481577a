// What can be wrong with tokenizer files.
package import AdaptSystem

/// A tokenizer that cannot be read, or is of a kind not known here.
package enum TokenizerFault: DiagnosableError, Equatable {
  case file(FileFault)
  /// Neither file of a WordPiece tokenizer is in the folder.
  case missing(folder: String)
  case malformed(path: String, reason: String)
  /// A vocabulary entry that cannot be, `offset` bytes into the file.
  case vocabulary(path: String, offset: Int, reason: String)
  case unsupported(path: String, part: String, got: String, known: [String])
  case missingToken(path: String, token: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .missing(let folder):
      Diagnosis(
        "no tokenizer in the model folder", wanted: "tokenizer.json or vocab.txt", place: folder)
    case .malformed(let path, let reason):
      Diagnosis("malformed tokenizer file: \(reason)", place: path)
    case .vocabulary(let path, let offset, let reason):
      Diagnosis("malformed vocabulary: \(reason)", place: "\(path), byte \(offset)")
    case .unsupported(let path, let part, let got, let known):
      Diagnosis(
        "unknown \(part)", wanted: known.joined(separator: " or "), got: "`\(got)`", place: path,
        hint: "only BERT-family WordPiece tokenizers can be read")
    case .missingToken(let path, let token):
      Diagnosis("the vocabulary lacks the token `\(token)`", place: path)
    }
  }
}
