// Decodes sources, evidence, cost constants, formulas and the glossary.
internal import AdaptSystem

extension Decode {
  static func sources(_ file: SourceFile, log: FaultLog) -> [Source] {
    items(file, log: log).map { reader in
      defer { reader.finish() }
      return Source(
        id: reader.string("id"), title: reader.string("title"),
        authors: reader.optionalString("authors") ?? "",
        year: reader.optionalNumber("year").flatMap { Int(exactly: $0) },
        kind: reader.string("kind"), at: reader.string("at"))
    }
  }

  static func evidence(_ file: SourceFile, log: FaultLog) -> Evidence? {
    guard let reader = MapReader(file.datum, file: file.path, log: log) else { return nil }
    defer { reader.finish() }
    let inherited = Inherited(
      source: reader.string("source"), locator: reader.string("locator"),
      verified: reader.choice("verified", default: .memory), fields: reader.pairs("protocol"))
    let id = reader.string("id")
    if id != file.stem {
      log.add(
        "the id is not the file's name", wanted: file.stem, got: id, at: file.datum, in: file.path)
    }
    let figures = reader.list("figures").compactMap { datum in
      MapReader(datum, file: file.path, log: log).map { figure($0, inherited) }
    }
    return Evidence(
      id: id, title: reader.bilingual("title"), source: inherited.source,
      locator: inherited.locator, verified: inherited.verified, protocolFields: inherited.fields,
      figures: figures, collection: file.path.contains("/measured/") ? "measured" : "published")
  }

  /// What a figure takes from its file unless it says otherwise.
  private struct Inherited {
    let source: String
    let locator: String
    let verified: Verification
    let fields: [(name: String, value: String)]
  }

  private static let figureKeys = ["id", "text", "source", "locator", "verified", "protocol"]

  private static func figure(_ reader: MapReader, _ inherited: Inherited) -> Figure {
    let values = reader.all.filter { !figureKeys.contains($0.key) }
    if values.isEmpty {
      reader.log.add("figure without a value", at: reader.datum, in: reader.file)
    }
    let verified: Verification =
      reader.keys.contains("verified")
      ? reader.choice("verified", default: .memory) : inherited.verified
    return Figure(
      id: reader.string("id"), text: reader.bilingual("text"),
      values: values.map { ($0.key, reader.string($0.key)) },
      source: reader.optionalString("source") ?? inherited.source,
      locator: reader.optionalString("locator") ?? inherited.locator, verified: verified,
      protocolFields: merged(inherited.fields, reader.pairs("protocol")))
  }

  private static func merged(
    _ base: [(name: String, value: String)], _ own: [(name: String, value: String)]
  ) -> [(name: String, value: String)] {
    base.filter { field in !own.contains { $0.name == field.name } } + own
  }

  static func glossary(_ file: SourceFile, log: FaultLog) -> [Term] {
    items(file, log: log).map { reader in
      defer { reader.finish() }
      return Term(
        id: reader.string("id"), term: reader.bilingual("term"),
        definition: reader.bilingual("definition"))
    }
  }

  static func constants(_ file: SourceFile, log: FaultLog) -> [CostConstant] {
    guard let root = MapReader(file.datum, file: file.path, log: log) else { return [] }
    defer { root.finish() }
    return root.list("constants").compactMap { datum in
      guard let reader = MapReader(datum, file: file.path, log: log) else { return nil }
      defer { reader.finish() }
      return CostConstant(
        id: reader.string("id"), value: reader.number("value"), unit: reader.string("unit"),
        text: reader.bilingual("text"), kind: reader.choice("kind", default: .fallback),
        evidence: reader.strings("evidence"))
    }
  }

  static func formulas(_ file: SourceFile, log: FaultLog) -> [Formula] {
    items(file, log: log).map { reader in
      defer { reader.finish() }
      let text = reader.string("formula")
      return Formula(
        id: reader.string("id"), title: reader.bilingual("title"), topic: reader.string("topic"),
        unit: reader.choice("unit", default: .tokens), text: text,
        expression: expression(text, reader), needs: reader.strings("needs"),
        note: reader.optionalBilingual("note"), evidence: reader.strings("evidence"))
    }
  }

  private static func expression(_ text: String, _ reader: MapReader) -> Expression {
    do {
      return try ExpressionParser.parse(text)
    } catch {
      reader.log.add(
        "formula cannot be read: \(error.problem)", got: "`\(text)`", at: reader.datum,
        in: reader.file)
      return .number(0)
    }
  }
}
