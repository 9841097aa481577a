// An answer made of cited statements, or the honest word that the documents do not hold one.

/// Where a statement comes from, as `--json` shows it.
package struct Citation: Sendable, Equatable, Codable {
  /// The number that statements carry as `[n]`.
  package var n: Int
  package var path: String
  package var title: String
  package var heading: String
  /// First and last line, counted from 1; nil where the format has none.
  package var lines: [Int]?
  package var page: Int?
  package var chunk: Int64

  package init(
    n: Int, path: String, heading: String, lines: [Int]? = nil, page: Int? = nil, chunk: Int64
  ) {
    self.n = n
    self.path = path
    self.title = ""
    self.heading = heading
    self.lines = lines
    self.page = page
    self.chunk = chunk
  }

  /// The citation of a search result under number `n`.
  package init(n: Int, _ result: SearchResult) {
    self.n = n
    self.path = result.path
    self.title = result.title
    self.heading = result.heading
    self.lines = result.lines.map { [$0.lowerBound, $0.upperBound] }
    self.page = result.page
    self.chunk = result.chunk
  }

  /// Every key is there: `lines` and `page` are null where the format has none.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(n, forKey: .n)
    try container.encode(path, forKey: .path)
    try container.encode(title, forKey: .title)
    try container.encode(heading, forKey: .heading)
    try container.encode(lines, forKey: .lines)
    try container.encode(page, forKey: .page)
    try container.encode(chunk, forKey: .chunk)
  }

  private enum CodingKeys: String, CodingKey {
    case n, path, title, heading, lines, page, chunk
  }

  /// The place in a few words: `path › heading, lines 3–9`.
  package var place: String {
    var place = path
    if !heading.isEmpty { place += " › \(heading)" }
    if let page { place += ", page \(page)" }
    if let lines, let first = lines.first, let last = lines.last {
      place += first == last ? ", line \(first)" : ", lines \(first)–\(last)"
    }
    return place
  }
}

/// One statement and the citations it rests on.
package struct Statement: Sendable, Equatable, Codable {
  package var text: String
  /// Numbers of `Answer.citations`.
  package var citations: [Int]

  package init(text: String, citations: [Int]) {
    self.text = text
    self.citations = citations
  }
}

/// What the documents say to a question.
package struct Answer: Sendable, Equatable, Codable {
  package var question: String
  /// False when the evidence is missing; then there are no statements and `citations` are the nearest passages.
  package var isAnswered: Bool
  package var statements: [Statement]
  package var citations: [Citation]
  package var evidence: AnswerEvidence

  package init(
    question: String, isAnswered: Bool, statements: [Statement], citations: [Citation],
    evidence: AnswerEvidence
  ) {
    self.question = question
    self.isAnswered = isAnswered
    self.statements = statements
    self.citations = citations
    self.evidence = evidence
  }
}
