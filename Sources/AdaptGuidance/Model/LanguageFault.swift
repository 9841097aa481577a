// The fault of `--lang`.
package import AdaptSystem

/// A language name that is not one of ours.
package enum LanguageFault: DiagnosableError, Equatable {
  case unknown(String)

  package var diagnosis: Diagnosis {
    switch self {
    case .unknown(let name):
      Diagnosis(
        "unknown language `\(name)`",
        hint: NearestName.hint(for: name, among: Language.allCases.map(\.rawValue)))
    }
  }
}
