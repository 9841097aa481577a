// The syntax tree of a template.

/// An expression, where it stands, and how deep its tree is.
struct TemplateExpression: Sendable {
  /// Scalars before it in the source.
  let at: Int
  let depth: Int
  let kind: Kind

  indirect enum Kind: Sendable {
    case literal(TemplateValue)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case dictionary([(key: TemplateExpression, value: TemplateExpression)])
    case not(TemplateExpression)
    case sign(isNegative: Bool, TemplateExpression)
    case arithmetic(String, TemplateExpression, TemplateExpression)
    case concatenation([TemplateExpression])
    case comparison(TemplateExpression, [(mark: String, TemplateExpression)])
    case both(TemplateExpression, TemplateExpression)
    case either(TemplateExpression, TemplateExpression)
    case choice(
      condition: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
    case attribute(TemplateExpression, String)
    case item(TemplateExpression, TemplateExpression)
    case slice(
      TemplateExpression, from: TemplateExpression?, to: TemplateExpression?,
      step: TemplateExpression?)
    case call(TemplateExpression, TemplateArguments)
    /// Without a value it filters the text of a block.
    case filter(TemplateExpression?, String, TemplateArguments)
    case test(TemplateExpression, String, TemplateArguments, isNegated: Bool)
  }
}

/// Arguments as they are written.
struct TemplateArguments: Sendable {
  var positional: [TemplateExpression] = []
  var named: [(name: String, value: TemplateExpression)] = []

  var depth: Int { (positional + named.map(\.value)).lazy.map(\.depth).max() ?? 0 }
}

/// What a `set` or `for` assigns to.
enum TemplateTarget: Sendable {
  case name(String)
  case entry(of: String, String)
  case names([String])
}

struct TemplateStatement: Sendable {
  let at: Int
  let kind: Kind

  indirect enum Kind: Sendable {
    case text(String)
    case output(TemplateExpression)
    case choice(
      [(condition: TemplateExpression, body: [TemplateStatement])], otherwise: [TemplateStatement])
    case loop(TemplateLoop)
    case set(TemplateTarget, TemplateExpression)
    case setBlock(TemplateTarget, filters: [TemplateExpression], body: [TemplateStatement])
    case macro(TemplateMacro)
    case generation([TemplateStatement])
    case filtered([TemplateExpression], body: [TemplateStatement])
    case breakLoop
    case continueLoop
  }
}

struct TemplateLoop: Sendable {
  let target: TemplateTarget
  let items: TemplateExpression
  let condition: TemplateExpression?
  let body: [TemplateStatement]
  let otherwise: [TemplateStatement]
}

struct TemplateMacro: Sendable {
  let name: String
  let parameters: [(name: String, fallback: TemplateExpression?)]
  let body: [TemplateStatement]
}
