// What every error of the product can say about itself, in one shape, so that the command line
// prints all of them alike, in words and as JSON.

/// What went wrong with which thing, and what the reader can do about it.
///
/// Words follow one form: `what: wanted W, got G - where`, a blank line, then `hint: …`.
package struct Diagnosis: Sendable, Equatable, Codable {
  /// What was wrong with which thing, one sentence without a final full stop.
  package var what: String
  /// What was expected, as a value or a short phrase.
  package var wanted: String?
  /// What was found instead.
  package var got: String?
  /// The file, line, key or address it was found at.
  package var place: String?
  /// What to do about it.
  package var hint: String?

  private enum CodingKeys: String, CodingKey {
    case what, wanted, got
    case place = "where"
    case hint
  }

  package init(
    _ what: String, wanted: String? = nil, got: String? = nil, place: String? = nil,
    hint: String? = nil
  ) {
    self.what = what
    self.wanted = wanted
    self.got = got
    self.place = place
    self.hint = hint
  }

  /// The diagnosis as a person reads it on the standard error stream.
  package var text: String {
    var line = what
    let details = [wanted.map { "wanted \($0)" }, got.map { "got \($0)" }].compactMap { $0 }
    if !details.isEmpty { line += ": " + details.joined(separator: ", ") }
    if let place { line += " - \(place)" }
    if let hint { line += "\n\nhint: \(hint)" }
    return line
  }
}

/// An error that carries its own diagnosis.
///
/// Errors are enumerations with data; their words stand in
/// one `diagnosis` property.
package protocol DiagnosableError: Error, CustomStringConvertible {
  var diagnosis: Diagnosis { get }
}

extension DiagnosableError {
  package var description: String { diagnosis.text }
}
