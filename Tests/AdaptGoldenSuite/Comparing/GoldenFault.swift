// What can be wrong with a folder of references, and with what ours is compared to.
package import AdaptSystem

/// A reference that cannot be used, or an answer of ours that has another shape.
package enum GoldenFault: DiagnosableError, Equatable {
  /// The folder is not one of the generator.
  case layout(path: String, got: String)
  case json(path: String, wanted: String, got: String)
  case shape(String, wanted: [Int], got: [Int])
  /// The reference itself is damaged or contradicts itself.
  case damaged(path: String, what: String, wanted: String, got: String)
  /// The manifest lists files that are not there.
  case missing([String])

  package var diagnosis: Diagnosis {
    switch self {
    case .layout(let path, let got):
      Diagnosis(
        "not a folder of references",
        wanted: "a folder with one of " + GoldenSuite.folders.joined(separator: ", "), got: got,
        place: path, hint: "name the folder that the generator wrote: make golden GOLDEN=DIR")
    case .json(let path, let wanted, let got):
      Diagnosis("unusable reference", wanted: wanted, got: got, place: path)
    case .shape(let name, let wanted, let got):
      Diagnosis("another shape than `\(name)`", wanted: "\(wanted)", got: "\(got)")
    case .damaged(let path, let what, let wanted, let got):
      Diagnosis(what, wanted: wanted, got: got, place: path)
    case .missing(let files):
      Diagnosis(
        "files that MANIFEST.json lists are not there", got: files.joined(separator: ", "))
    }
  }
}

/// Thrown by a case for what the product does not do yet.
struct NotImplemented: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
