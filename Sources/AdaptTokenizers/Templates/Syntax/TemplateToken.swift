// What the lexer hands to the parser.

struct TemplateToken: Sendable {
  enum Kind: Sendable, Equatable {
    /// Text outside of tags.
    case data(String)
    case blockBegin
    case blockEnd
    case outputBegin
    case outputEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case mark(String)
    case end
  }

  let kind: Kind
  /// Scalars before it in the source.
  let at: Int

  /// How errors call it.
  var words: String {
    switch kind {
    case .data: "text"
    case .blockBegin: "`{%`"
    case .blockEnd: "`%}`"
    case .outputBegin: "`{{`"
    case .outputEnd: "`}}`"
    case .name(let name): "`\(name)`"
    case .string: "a string"
    case .integer(let value): "`\(value)`"
    case .float(let value): "`\(value)`"
    case .mark(let mark): "`\(mark)`"
    case .end: "the end of the template"
    }
  }
}
