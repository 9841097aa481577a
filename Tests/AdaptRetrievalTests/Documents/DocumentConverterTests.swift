import AdaptRetrieval
import AdaptSystem
import Foundation
import Testing

/// The formats that other programs read: pandoc and pdftotext.
struct DocumentConverterTests {
  private static let pandoc = ExecutableSearch.path(of: "pandoc") != nil
  private static let pdftotext = ExecutableSearch.path(of: "pdftotext") != nil
  private let sandbox: DocumentSandbox

  init() throws {
    sandbox = try DocumentSandbox()
  }

  @Test(.enabled(if: pandoc, "pandoc is not installed"), arguments: ["docx", "odt", "epub"])
  func readsWordProcessorFiles(format: String) async throws {
    let markdown = "# Section\n\nSome *words*.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    let file = "\(sandbox.path)/a.\(format)"
    _ = try await ChildProcess(
      "pandoc", ["-f", "markdown", "-M", "title=My title", "-o", file],
      input: Array(markdown.utf8)
    ).checkedOutput()
    guard case .document(let read) = try await sandbox.read("a.\(format)") else {
      Issue.record("\(format) must be read")
      return
    }
    // pandoc's reader of ODT has neither titles of the metadata nor header rows.
    let isOpenDocument = format == "odt"
    #expect(read.document.title == (isOpenDocument ? "Section" : "My title"))
    #expect(read.document.blocks.allSatisfy { $0.lines == nil })
    let texts = read.document.blocks.map(\.text)
    for text in ["Section", "Some words.", isOpenDocument ? "1; 2" : "a: 1; b: 2"] {
      #expect(texts.contains(text))
    }
    #expect(read.document.blocks.contains { $0.kind == .listItem && $0.text.hasSuffix("one") })
  }

  @Test(.enabled(if: pandoc, "pandoc is not installed"))
  func readsMarkupThroughPandoc() async throws {
    let rst = try await sandbox.document("Title\n=====\n\nSome *words*.\n", named: "a.rst").document
    #expect(rst.blocks.map(\.text).contains("Some words."))
    let tex = "\\section{Method}\nWe use $r=8$ and \\emph{small} steps.\n"
    let latex = try await sandbox.document(tex, named: "a.tex").document
    #expect(latex.blocks.map(\.text) == ["Method", "We use $r=8$ and small steps."])
    let notebook = """
      {"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Notes\\n", "Words."]}],
       "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
      """
    let cells = try await sandbox.document(notebook, named: "a.ipynb").document
    #expect(cells.title == "Notes")
  }

  @Test func refusesAZipThatDeclaresTooMuch() async throws {
    let sizes: [UInt32] = [200 << 20, 100 << 20]
    try sandbox.write(ZipBuilder.directoryOnly(declaring: sizes), to: "bomb.docx")
    let limit = 256 << 20
    let outcome = try await sandbox.read("bomb.docx")
    #expect(outcome == .skipped(.unpacksTooLarge(bytes: 300 << 20, limit: limit)))
  }

  @Test func refusesABrokenZip() async throws {
    var bytes = ZipBuilder.directoryOnly(declaring: [10, 10])
    bytes[16] = 0xFF
    try sandbox.write(Array(bytes), to: "a.docx")
    try sandbox.write("no zip at all", to: "b.odt")
    var far = ZipBuilder.directoryOnly(declaring: [10])
    for i in 0..<4 { far[far.count - 6 + i] = 0xFF }
    try sandbox.write(far, to: "c.epub")
    for name in ["b.odt", "c.epub"] {
      guard case .skipped(.malformed) = try await sandbox.read(name) else {
        Issue.record("\(name) must be malformed")
        continue
      }
    }
  }

  /// Stored sizes are small, the stream unpacks to a quarter of a gigabyte.
  @Test(.enabled(if: pandoc, "pandoc is not installed"))
  func survivesAZipThatLies() async throws {
    try sandbox.write(ZipBuilder.lyingDocument(unpacked: 1 << 28), to: "lie.docx")
    guard case .skipped(let reason) = try await sandbox.read("lie.docx") else {
      Issue.record("a bomb must not become a document")
      return
    }
    #expect(reason.label == "malformed")
  }

  @Test(.enabled(if: pdftotext, "pdftotext is not installed"))
  func readsPDFByPages() async throws {
    let pages = ["First page words.", "Second page."]
    try sandbox.write(PDFBuilder.document(pages: pages), to: "a.pdf")
    try sandbox.write(PDFBuilder.document(pages: pages), to: "named-otherwise.txt")
    for name in ["a.pdf", "named-otherwise.txt"] {
      guard case .document(let read) = try await sandbox.read(name) else {
        Issue.record("\(name) must be read")
        continue
      }
      #expect(read.format == "pdf")
      #expect(read.document.blocks.map(\.text) == pages)
      #expect(read.document.blocks.map(\.page) == [1, 2])
    }
  }

  @Test(.enabled(if: pdftotext, "pdftotext is not installed"))
  func namesWhyAPDFGivesNothing() async throws {
    try sandbox.write(PDFBuilder.document(pages: [""]), to: "scan.pdf")
    try sandbox.write("%PDF-1.4\nbroken", to: "broken.pdf")
    for (name, word) in [("scan.pdf", "scanned"), ("broken.pdf", "pdftotext failed")] {
      let outcome = try await sandbox.read(name)
      guard case .skipped(.malformed(let reason)) = outcome else {
        Issue.record("\(name): \(outcome)")
        continue
      }
      #expect(reason.contains(word))
    }
  }
}

/// Zip files made by hand.
private enum ZipBuilder {
  /// Only a directory, with entries that declare these unpacked sizes.
  static func directoryOnly(declaring sizes: [UInt32]) -> [UInt8] {
    let entries = sizes.flatMap { entry(name: "a", packed: 1, unpacked: $0, offset: 0) }
    return entries + end(count: sizes.count, size: entries.count, offset: 0)
  }

  /// A document whose text is a stream of one repeated byte, with a declared size of 100 bytes.
  static func lyingDocument(unpacked: Int) -> [UInt8] {
    let types = Array(
      "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".utf8)
    let relations = Array(
      """
      <Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">\
      <Relationship Id="r" Target="word/document.xml" \
      Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>\
      </Relationships>
      """.utf8)
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    let parts: [(String, [UInt8], UInt16, UInt32)] = [
      ("[Content_Types].xml", types, 0, UInt32(types.count)),
      ("_rels/.rels", relations, 0, UInt32(relations.count)),
      ("word/document.xml", repeatedByte(count: unpacked), 8, 100),
    ]
    for (name, data, method, size) in parts {
      let offset = UInt32(bytes.count)
      bytes += number(0x0403_4B50, 4) + number(20, 2) + number(0, 2) + number(UInt32(method), 2)
      bytes += number(0, 8) + number(UInt32(data.count), 4) + number(size, 4)
      bytes += number(UInt32(name.utf8.count), 2) + number(0, 2) + Array(name.utf8) + data
      directory += entry(
        name: name, packed: UInt32(data.count), unpacked: size, offset: offset, method: method)
    }
    return bytes + directory
      + end(count: parts.count, size: directory.count, offset: UInt32(bytes.count))
  }

  /// A DEFLATE stream (RFC 1951, fixed codes) of "A" repeated: one literal, then copies of 258 bytes.
  private static func repeatedByte(count: Int) -> [UInt8] {
    var bits = BitWriter()
    bits.add(0b011, 3)  // the last block, fixed codes
    bits.addReversed(0x30 + 0x41, 8)
    for _ in 0..<16 {
      bits.addReversed(0b1100_0101, 8)  // length 258
      bits.addReversed(0, 5)  // distance 1
    }
    bits.addReversed(0, 7)
    // Eight copies are 13 whole bytes, so more of them are the same bytes again.
    let bytes = bits.finished()
    let copies = Array(repeating: bytes[2..<15], count: count / (8 * 258)).flatMap { $0 }
    return bytes[..<2] + copies + bytes[2...]
  }

  private static func entry(
    name: String, packed: UInt32, unpacked: UInt32, offset: UInt32, method: UInt16 = 8
  ) -> [UInt8] {
    number(0x0201_4B50, 4) + number(20, 2) + number(20, 2) + number(0, 2)
      + number(UInt32(method), 2) + number(0, 8) + number(packed, 4) + number(unpacked, 4)
      + number(UInt32(name.utf8.count), 2) + number(0, 12) + number(offset, 4) + Array(name.utf8)
  }

  private static func end(count: Int, size: Int, offset: UInt32) -> [UInt8] {
    number(0x0605_4B50, 4) + number(0, 4) + number(UInt32(count), 2) + number(UInt32(count), 2)
      + number(UInt32(size), 4) + number(offset, 4) + number(0, 2)
  }

  private static func number(_ value: UInt32, _ size: Int) -> [UInt8] {
    (0..<size).map { $0 < 4 ? UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) : 0 }
  }
}

private struct BitWriter {
  private var bytes: [UInt8] = []
  private var current: UInt32 = 0
  private var count: UInt32 = 0

  mutating func add(_ value: UInt32, _ size: UInt32) {
    current |= value << count
    count += size
    while count >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: current))
      current >>= 8
      count -= 8
    }
  }

  /// Huffman codes go in from their highest bit.
  mutating func addReversed(_ value: UInt32, _ size: UInt32) {
    for bit in (0..<size).reversed() { add(value >> bit & 1, 1) }
  }

  func finished() -> [UInt8] {
    count > 0 ? bytes + [UInt8(truncatingIfNeeded: current)] : bytes
  }
}

/// The smallest PDF with one line of text per page.
private enum PDFBuilder {
  static func document(pages: [String]) -> [UInt8] {
    var objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    let kids = pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " ")
    objects.append("<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for (i, page) in pages.enumerated() {
      let stream = "BT /F1 12 Tf 72 700 Td (\(page)) Tj ET"
      objects.append(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents \(5 + 2 * i) 0 R "
          + "/Resources << /Font << /F1 3 0 R >> >> >>")
      objects.append("<< /Length \(stream.utf8.count) >>\nstream\n\(stream)\nendstream")
    }
    var text = "%PDF-1.4\n"
    var offsets: [Int] = []
    for (i, object) in objects.enumerated() {
      offsets.append(text.utf8.count)
      text += "\(i + 1) 0 obj\n\(object)\nendobj\n"
    }
    let start = text.utf8.count
    text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for offset in offsets {
      text += String(repeating: "0", count: 10 - "\(offset)".count) + "\(offset) 00000 n \n"
    }
    text += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
    return Array(text.utf8)
  }
}
