// YAML, TOML and the like: structured text whose lines say more than a parse tree would.

struct SettingsReader: FormatReader {
  let name = "settings"
  let extensions: Set<String> = [
    "yaml", "yml", "toml", "ini", "cfg", "conf", "properties", "env",
  ]

  func read(_ source: DocumentSource) throws(SkipReason) -> Extraction {
    let text = try source.text()
    var blocks = LineBlocks()
    var afterComment = false
    for (index, line) in text.lines.enumerated() {
      // A key, section or item in the first column opens a block; comments belong to what follows.
      let opens = line.indentation == 0 && !line.isBlank
      let isComment = opens && (line.first == "#" || line.first == ";")
      if opens, !afterComment { blocks.close() }
      afterComment = isComment
      blocks.add(line, at: index + 1, kind: .code)
    }
    let document = ExtractedDocument(title: source.fileName, blocks: blocks.finished())
    return Extraction(document: document, encoding: text.encoding)
  }
}
