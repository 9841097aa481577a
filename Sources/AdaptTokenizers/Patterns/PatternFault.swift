// What can be wrong with the regular expression of a tokenizer.
package import AdaptSystem

/// A regular expression that cannot be read, or asks for what is not known here.
package struct PatternFault: DiagnosableError, Equatable {
  /// The expression as it stands in the file.
  package let pattern: String
  /// The character, counted from 1, at which reading stopped.
  package let place: Int
  /// What is wrong there.
  package let reason: String
  /// The names that would have been known, where a name was not.
  package var known: [String] = []

  package var diagnosis: Diagnosis {
    Diagnosis(
      "the regular expression of a tokenizer cannot be read: \(reason)",
      wanted: known.isEmpty ? nil : "one of " + known.joined(separator: ", "),
      got: "`\(pattern.prefix(200))`", place: "character \(place) of the expression")
  }
}
