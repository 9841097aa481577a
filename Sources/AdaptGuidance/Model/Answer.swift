// What a user can answer to a question, normalised.

/// A normalised answer.
package enum Answer: Sendable, Equatable, Hashable {
  /// The id of one option.
  case choice(String)
  /// The ids of the chosen options, in the question's order.
  case choices([String])
  /// A number in the question's unit.
  case number(Double)
  case boolean(Bool)
  /// "Don't know": counts as not answered for every rule, but is not asked again.
  case unknown

  package static let unknownWords: Set<String> = [
    "unknown", "?", "？", "don't know", "dont know", "dunno", "不知道", "未知", "不清楚", "null", "~",
  ]
}
