// PDF through poppler's pdftotext, page by page.
import AdaptSystem

struct PDFReader: FormatReader {
  let name = "pdf"
  let extensions: Set<String> = ["pdf"]
  var limits = ChildProcess.Limits(seconds: 120, outputBytes: 64 << 20)

  func recognises(_ head: ArraySlice<UInt8>) -> Bool {
    head.starts(with: Array("%PDF-".utf8))
  }

  func read(_ source: DocumentSource) async throws -> Extraction {
    let bytes = try await ExternalTool.output(
      of: ChildProcess(
        "pdftotext", ["-enc", "UTF-8", "-layout", source.path, "-"], limits: limits))
    let document = Self.document(String(decoding: bytes, as: UTF8.self), title: source.stem)
    guard !document.blocks.isEmpty else {
      throw SkipReason.malformed(reason: "no text in it; scanned pages need character recognition")
    }
    return Extraction(document: document)
  }

  /// The document in pdftotext's output: form feeds end pages, blank lines end paragraphs.
  static func document(_ text: String, title: String) -> ExtractedDocument {
    var blocks: [ExtractedDocument.Block] = []
    let pages = text.utf8.split(separator: 0x0C, omittingEmptySubsequences: false)
    for (index, page) in pages.enumerated() {
      var paragraph: [Substring] = []
      func close() {
        let joined = joinedLines(paragraph)
        paragraph = []
        if joined.isEmpty { return }
        blocks.append(ExtractedDocument.Block(.paragraph, joined, page: index + 1))
      }
      for line in page.split(separator: 0x0A, omittingEmptySubsequences: false) {
        let line = Substring(line).trimmed
        if line.isEmpty { close() } else { paragraph.append(line) }
      }
      close()
    }
    return ExtractedDocument(title: title, blocks: blocks)
  }

  /// Lines as running text: columns of spaces shrink to two, a word cut at the line's end is joined.
  private static func joinedLines(_ lines: [Substring]) -> String {
    var text = ""
    for line in lines {
      let line = line.replacing(/[ \t]{2,}/, with: "  ")
      let isCut =
        text.last == "-" && text.dropLast().last?.isLetter == true
        && line.first?.isLowercase == true
      if isCut { text.removeLast() } else if !text.isEmpty { text += "\n" }
      text += line
    }
    return text
  }
}

/// Runs a converter; a missing program, a limit and a failure all become reasons to skip the file.
enum ExternalTool {
  static func output(of child: ChildProcess) async throws -> [UInt8] {
    do {
      return try await child.checkedOutput()
    } catch ChildProcessFault.missing(let program, let package) {
      throw SkipReason.unsupported(program: program, package: package ?? program)
    } catch ChildProcessFault.failed(let program, let status, let message) {
      let said = message.split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
      throw SkipReason.malformed(reason: "\(program) failed with status \(status)\(said)")
    } catch let fault as ChildProcessFault {
      throw SkipReason.malformed(reason: fault.diagnosis.text)
    }
  }
}
