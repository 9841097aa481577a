// What can be wrong with a model folder.
package import AdaptSystem
package import AdaptTensors
package import AdaptTokenizers

/// A model that cannot be loaded or run.
package enum ModelFault: DiagnosableError, Equatable {
  case file(FileFault)
  case weights(SafetensorsFault)
  case atRest(WeightFault)
  /// Tensors in the weights that the model has no place for.
  case surplus(path: String, names: [String], nearest: String?)
  case tokenizer(TokenizerFault)
  /// A configuration file that is not JSON or lacks a key.
  case configuration(path: String, reason: String)
  case unknownArchitecture(path: String, type: String, known: [String])
  /// A setting this encoder has no code for.
  case unsupported(path: String, setting: String, got: String, known: [String])
  /// Two parts of the folder disagree.
  case contradiction(path: String, what: String, wanted: String, got: String)
  case tokenOutOfRange(id: Int, vocabulary: Int)
  case tooLong(tokens: Int, limit: Int)
  /// The model gives NaN or infinity.
  case notFinite(path: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .weights(let fault): fault.diagnosis
    case .atRest(let fault): fault.diagnosis
    case .surplus(let path, let names, let nearest):
      Diagnosis(
        "the weights hold tensors that this model has no place for",
        got: names.prefix(5).map { "`\($0)`" }.joined(separator: ", ")
          + (names.count > 5 ? " and \(names.count - 5) more" : ""),
        place: path,
        hint: nearest.map { "nearest name it has: `\($0)`" }
          ?? "config.json may belong to another model")
    case .tokenizer(let fault): fault.diagnosis
    case .configuration(let path, let reason):
      Diagnosis("unusable model configuration: \(reason)", place: path)
    case .unknownArchitecture(let path, let type, let known):
      Diagnosis(
        "unknown model type", wanted: known.joined(separator: " or "), got: "`\(type)`",
        place: path, hint: NearestName.hint(for: type, among: known))
    case .unsupported(let path, let setting, let got, let known):
      Diagnosis(
        "`\(setting)` is not supported here", wanted: known.joined(separator: " or "),
        got: "`\(got)`", place: path)
    case .contradiction(let path, let what, let wanted, let got):
      Diagnosis(what, wanted: wanted, got: got, place: path)
    case .tokenOutOfRange(let id, let vocabulary):
      Diagnosis("token out of range", wanted: "0 to \(vocabulary - 1)", got: "\(id)")
    case .tooLong(let tokens, let limit):
      Diagnosis("text too long for the model", wanted: "at most \(limit) tokens", got: "\(tokens)")
    case .notFinite(let path):
      Diagnosis(
        "the model gives numbers that are not finite", place: path,
        hint: "its weights are damaged; get them again")
    }
  }
}
