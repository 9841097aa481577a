// What can be wrong with JSON text, whoever reads it.

/// Text that is not the JSON it should be.
package struct JSONFault: DiagnosableError, Equatable {
  package var path: String
  /// The byte of the text at which it breaks.
  package var offset: Int
  /// What should have stood there.
  package var wanted: String

  package init(path: String, offset: Int, wanted: String) {
    self.path = path
    self.offset = offset
    self.wanted = wanted
  }

  /// The fault without its file: for messages that name it elsewhere.
  package var reason: String { "it is not JSON: wanted \(wanted) at byte \(offset)" }

  package var diagnosis: Diagnosis {
    Diagnosis("malformed JSON", wanted: wanted, place: "\(path), byte \(offset)")
  }
}
