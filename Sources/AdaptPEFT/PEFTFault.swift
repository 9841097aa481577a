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
  /// The adapter cannot become part of the weights.
  case notMergeable(method: String, reason: String, hint: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .tensors(let fault): fault.diagnosis
    case .configuration(let path, let reason):
      Diagnosis("unusable adapter configuration: \(reason)", place: path)
    case .setting(let path, let key, let wanted, let got, let hint):
      Diagnosis("unusable `\(key)`", wanted: wanted, got: got, place: path, hint: hint)
    case .notMergeable(let method, let reason, let hint):
      Diagnosis("\(method) cannot be merged: \(reason)", hint: hint)
    }
  }
}
