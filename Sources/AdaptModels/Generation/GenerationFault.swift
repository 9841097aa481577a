// What can be wrong with a generation.
package import AdaptSystem

package enum GenerationFault: DiagnosableError, Equatable {
  case model(ModelFault)
  /// A prompt of no tokens: there is nothing to continue.
  case emptyPrompt(row: Int)
  /// A prompt that leaves no room for a new token in the context.
  case promptTooLong(row: Int, tokens: Int, context: Int)
  case setting(name: String, wanted: String, got: String)
  /// No token may be chosen.
  case nothingAllowed(row: Int)

  package var diagnosis: Diagnosis {
    switch self {
    case .model(let fault): fault.diagnosis
    case .emptyPrompt(let row):
      Diagnosis("prompt \(row + 1) has no tokens", wanted: "1 or more", got: "0")
    case .promptTooLong(let row, let tokens, let context):
      Diagnosis(
        "prompt \(row + 1) does not fit the model's context",
        wanted: "fewer than \(context) tokens", got: "\(tokens)",
        hint: "shorten it, or ask for its oldest tokens to be dropped")
    case .setting(let name, let wanted, let got):
      Diagnosis("`\(name)` is out of range", wanted: wanted, got: got)
    case .nothingAllowed(let row):
      Diagnosis(
        "no token may follow in row \(row + 1)", wanted: "at least one",
        got: "every token suppressed", hint: "suppress fewer tokens")
    }
  }
}
