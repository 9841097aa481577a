// What can be wrong with an adapter: its settings, its files, or the model it is put on.
package import AdaptSystem
package import AdaptTensors

/// An adapter that cannot be made, read, or merged.
package enum PEFTFault: DiagnosableError, Equatable {
  case file(FileFault)
  case tensors(SafetensorsFault)
  /// A file of settings that is not JSON or lacks a key.
  case configuration(path: String, reason: String)
  /// A setting with a value that is out of range, or that nothing here can do.
  case setting(path: String?, key: String, wanted: String, got: String, hint: String?)
  /// Files of a method that is not known here.
  case unknownType(path: String, type: String, known: [String])
  case missingTensor(path: String, name: String, nearest: String?)
  /// Tensors that the configuration has no place for.
  case surplusTensors(path: String, names: [String], nearest: String?)
  /// A tensor that does not fit the base, which the file calls `base`.
  case shape(path: String, name: String, wanted: [Int], got: [Int], base: String?)
  /// A tensor holds NaN or infinity.
  case notFinite(path: String, name: String)
  /// A tensor of a type that no adapter is saved in.
  case notFloat(path: String, name: String)
  /// The adapter cannot become part of the weights.
  case notMergeable(method: String, reason: String, hint: String)
  /// The adapter cannot be said in another form.
  case notConvertible(method: String, target: String, reason: String, hint: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .tensors(let fault): fault.diagnosis
    case .configuration(let path, let reason):
      Diagnosis("unusable adapter configuration: \(reason)", place: path)
    case .setting(let path, let key, let wanted, let got, let hint):
      Diagnosis("unusable `\(key.excerpt)`", wanted: wanted, got: got, place: path, hint: hint)
    case .unknownType(let path, let type, let known):
      Diagnosis(
        "unknown kind of adapter", wanted: "a known `peft_type`", got: "`\(type.excerpt)`",
        place: path,
        hint: NearestName.hint(for: String(type.prefix(64)), among: known))
    case .notMergeable(let method, let reason, let hint):
      Diagnosis("\(method) cannot be merged: \(reason)", hint: hint)
    case .notConvertible(let method, let target, let reason, let hint):
      Diagnosis("\(method) cannot become \(target): \(reason)", hint: hint)
    default: tensorDiagnosis
    }
  }

  private var tensorDiagnosis: Diagnosis {
    switch self {
    case .missingTensor(let path, let name, let nearest):
      Diagnosis(
        "no tensor `\(name.excerpt)`", place: path,
        hint: nearest.map { "the nearest name there is `\($0.excerpt)`" }
          ?? "the adapter was made for another base model, or its file is incomplete")
    case .surplusTensors(let path, let names, let nearest):
      Diagnosis(
        "the adapter holds tensors that have no place in this model",
        got: names.prefix(5).map { "`\($0.excerpt)`" }.joined(separator: ", ")
          + (names.count > 5 ? " and \(names.count - 5) more" : ""),
        place: path,
        hint: nearest.map { "nearest name it has: `\($0.excerpt)`" }
          ?? "the adapter was made for another base model")
    case .shape(let path, let name, let wanted, let got, let base):
      Diagnosis(
        "tensor `\(name.excerpt)` does not fit the model", wanted: "shape \(wanted.excerpt)",
        got: "shape \(got.excerpt)",
        place: path,
        hint: "the adapter was made for another base"
          + (base.map { " (it names `\($0.excerpt)`)" } ?? "")
          + ", or its settings belong to another one")
    case .notFinite(let path, let name):
      Diagnosis(
        "tensor `\(name.excerpt)` holds numbers that are not finite", place: path,
        hint: "its training failed, or the file is damaged")
    case .notFloat(let path, let name):
      Diagnosis("tensor `\(name.excerpt)` holds no floats", wanted: "F32, BF16 or F16", place: path)
    default: Diagnosis("unusable adapter")
    }
  }
}
