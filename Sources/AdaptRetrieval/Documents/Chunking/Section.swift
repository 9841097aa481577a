// A document's blocks, grouped by the headings they stand under.

/// The blocks between two headings.
struct Section {
  /// Headings from the outermost to the innermost, without the document's title.
  var headings: [String]
  var blocks: [ExtractedDocument.Block]

  /// The sections of a document in order; a heading with nothing below it becomes a block of its parent,
  /// so that its words can be found.
  static func all(in document: ExtractedDocument) -> [Section] {
    var sections: [Section] = []
    var path: [(level: Int, block: ExtractedDocument.Block)] = []
    var lastIsHeading = false
    for block in document.blocks {
      guard case .heading(let level) = block.kind else {
        if lastIsHeading || sections.isEmpty {
          let headings = path.map(\.block.text).filter { !isTitle($0, of: document) }
          sections.append(Section(headings: headings, blocks: []))
        }
        sections[sections.count - 1].blocks.append(block)
        lastIsHeading = false
        continue
      }
      if lastIsHeading, let last = path.last, last.level >= level {
        sections.append(leaf(path, document))
      }
      while let last = path.last, last.level >= level { path.removeLast() }
      path.append((level, block))
      lastIsHeading = true
    }
    if lastIsHeading { sections.append(leaf(path, document)) }
    return sections
  }

  private static func leaf(
    _ path: [(level: Int, block: ExtractedDocument.Block)], _ document: ExtractedDocument
  ) -> Section {
    let headings = path.dropLast().map(\.block.text).filter { !isTitle($0, of: document) }
    return Section(headings: headings, blocks: path.last.map { [$0.block] } ?? [])
  }

  /// Whether a heading says no more than the title does.
  private static func isTitle(_ heading: String, of document: ExtractedDocument) -> Bool {
    document.title == heading || document.title.hasPrefix(heading + " (")
  }
}
