// Splits a template into text and the tokens of its tags, with whitespace trimmed as transformers
// sets it: trim_blocks and lstrip_blocks are on.

struct TemplateLexer {
  let source: TemplateSource
  var position = 0
  private(set) var tokens: [TemplateToken] = []
  /// Nothing but what a tag took stands before `position` in its line.
  private var startsLine = true

  private var scalars: [Unicode.Scalar] { source.scalars }

  init(_ source: TemplateSource) {
    self.source = source
  }

  static func tokens(of source: TemplateSource) throws(TemplateFault) -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    while lexer.position < source.scalars.count { try lexer.step() }
    lexer.add(.end, at: source.scalars.count)
    return lexer.tokens
  }

  mutating func add(_ kind: TemplateToken.Kind, at offset: Int) {
    tokens.append(TemplateToken(kind: kind, at: offset))
  }

  func scalar(_ offset: Int) -> Unicode.Scalar? {
    scalars.indices.contains(offset) ? scalars[offset] : nil
  }

  func has(_ text: StaticString, at offset: Int) -> Bool {
    text.withUTF8Buffer { bytes in
      for (i, byte) in bytes.enumerated() where scalar(offset + i) != Unicode.Scalar(byte) {
        return false
      }
      return true
    }
  }

  /// The text up to the next tag, and that tag.
  private mutating func step() throws(TemplateFault) {
    let begin = nextTag(from: position)
    guard let kind = scalar(begin + 1) else {
      addText(scalars[position...], at: position)
      position = scalars.count
      return
    }
    let sign = scalar(begin + 2)
    let signed = sign == "-" || sign == "+"
    var text = scalars[position..<begin]
    trim(&text, sign: signed ? sign : nil, isOutput: kind == "{")
    addText(text, at: position)
    position = begin + (signed ? 3 : 2)
    switch kind {
    case "#": try comment(from: begin)
    case "%":
      if try raw(from: begin) { return }
      add(.blockBegin, at: begin)
      try tag(from: begin, isOutput: false)
    default:
      add(.outputBegin, at: begin)
      try tag(from: begin, isOutput: true)
    }
  }

  private mutating func addText(_ text: ArraySlice<Unicode.Scalar>, at offset: Int) {
    if !text.isEmpty { add(.data(String(scalars: text)), at: offset) }
  }

  /// Where the next `{%`, `{{` or `{#` stands, or the end.
  private func nextTag(from start: Int) -> Int {
    var i = start
    while i + 1 < scalars.count {
      if scalars[i] == "{", ["%", "{", "#"].contains(scalars[i + 1]) { return i }
      i += 1
    }
    return scalars.count
  }

  /// What a tag takes from the text before it: all blanks with `-`, those of its own line without `+`.
  private func trim(
    _ text: inout ArraySlice<Unicode.Scalar>, sign: Unicode.Scalar?, isOutput: Bool
  ) {
    if sign == "-" {
      while let last = text.last, last.isPythonSpace { text.removeLast() }
    } else if sign == nil, !isOutput {
      let end = text.lastIndex(of: "\n").map { $0 + 1 }
      guard end != nil || startsLine else { return }
      let line = text[(end ?? text.startIndex)...]
      if line.allSatisfy({ $0 == " " || $0 == "\t" }) { text = text[..<line.startIndex] }
    }
  }

  private mutating func comment(from begin: Int) throws(TemplateFault) {
    while position < scalars.count {
      if try close("#}", trimsLine: true) { return }
      position += 1
    }
    throw source.syntax(begin, "the comment is never closed with `#}`")
  }

  /// Passes a closing mark with its sign and the blanks that go with it, if one stands here.
  mutating func close(_ mark: StaticString, trimsLine: Bool) throws(TemplateFault) -> Bool {
    let sign = scalar(position)
    let signed = sign == "-" || (sign == "+" && trimsLine)
    guard has(mark, at: position + (signed ? 1 : 0)) else { return false }
    position += 2 + (signed ? 1 : 0)
    let after = position
    if signed, sign == "-" {
      while let next = scalar(position), next.isPythonSpace { position += 1 }
    } else if !signed, trimsLine, scalar(position) == "\n" {
      position += 1
    }
    startsLine = position > after && scalars[position - 1] == "\n"
    return true
  }

  mutating func skipSpace() {
    while let next = scalar(position), next.isPythonSpace { position += 1 }
  }

  /// Passes `{% raw %}…{% endraw %}` as text; `position` stands behind the opening mark.
  private mutating func raw(from begin: Int) throws(TemplateFault) -> Bool {
    let start = position
    skipSpace()
    guard has("raw", at: position), !(scalar(position + 3)?.continuesName ?? false) else {
      position = start
      return false
    }
    position += 3
    skipSpace()
    guard has("%}", at: position) || has("-%}", at: position) else {
      throw source.syntax(begin, "`raw` takes nothing behind it")
    }
    let eats = scalar(position) == "-"
    position += eats ? 3 : 2
    if eats { skipSpace() }
    startsLine = scalar(position - 1) == "\n"
    let body = position
    while position < scalars.count {
      let end = position
      if has("{%", at: end), try endRaw() {
        let sign = scalar(end + 2)
        var text = scalars[body..<end]
        trim(&text, sign: sign == "-" || sign == "+" ? sign : nil, isOutput: false)
        addText(text, at: body)
        return true
      }
      position = end + 1
    }
    throw source.syntax(begin, "`raw` is never closed with `endraw`")
  }

  private mutating func endRaw() throws(TemplateFault) -> Bool {
    position += 2
    if let sign = scalar(position), sign == "-" || sign == "+" { position += 1 }
    skipSpace()
    guard has("endraw", at: position) else { return false }
    position += 6
    skipSpace()
    return try close("%}", trimsLine: true)
  }
}
