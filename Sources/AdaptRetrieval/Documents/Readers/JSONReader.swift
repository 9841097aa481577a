// JSON and JSON Lines: one record per object, each value with its key path.

struct JSONReader: FormatReader {
  let name = "json"
  let extensions: Set<String> = ["json", "geojson", "webmanifest"]

  func read(_ source: DocumentSource) throws(SkipReason) -> Extraction {
    let text = try source.text()
    var records = JSONRecords(text.text.utf8, firstLine: 1)
    do throws(JSONFault) {
      let blocks = try records.read()
      guard !blocks.isEmpty else { throw JSONFault(line: 1, reason: "no values") }
      let document = ExtractedDocument(title: source.stem, blocks: blocks)
      return Extraction(document: document, encoding: text.encoding)
    } catch {
      var plain = try SettingsReader().read(source)
      plain.warnings.append("line \(error.line): \(error.reason), the file is taken as plain text")
      return plain
    }
  }
}

/// One JSON object per line; a line that is none is kept as text and named in a warning.
struct JSONLinesReader: FormatReader {
  let name = "json lines"
  let extensions: Set<String> = ["jsonl", "ndjson"]

  private static let mostWarnings = 20

  func read(_ source: DocumentSource) throws -> Extraction {
    let text = try source.text()
    var result = Extraction(
      document: ExtractedDocument(title: source.stem, blocks: []), encoding: text.encoding)
    var faults = 0
    for (index, line) in text.lines.enumerated() where !line.isBlank {
      if index % 1024 == 0 { try Task.checkCancellation() }
      var records = JSONRecords(line.utf8, firstLine: index + 1)
      do throws(JSONFault) {
        result.document.blocks += try records.readOne()
      } catch {
        faults += 1
        result.document.blocks.append(
          ExtractedDocument.Block(.record, String(line), lines: (index + 1)...(index + 1)))
        if faults <= Self.mostWarnings {
          result.warnings.append("line \(index + 1): \(error.reason), taken as plain text")
        }
      }
    }
    if faults > Self.mostWarnings {
      result.warnings.append("\(faults - Self.mostWarnings) more lines are not JSON")
    }
    return result
  }
}

/// Where and why text is not JSON.
struct JSONFault: Error, Equatable {
  var line: Int
  var reason: String
}
