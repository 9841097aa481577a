// What a reader of a file format is. A reader is one file beside this one and one line in the list.

/// Reads files of one format into blocks of text.
protocol FormatReader: Sendable {
  /// The format's name, as the summary and the store show it.
  var name: String { get }
  /// File name extensions in lower case, without the dot.
  var extensions: Set<String> { get }
  /// Whether the bytes at the start of a file are this format, whatever its name says.
  func recognises(_ head: ArraySlice<UInt8>) -> Bool
  /// - Throws: `SkipReason` when nothing can be taken from the file, `CancellationError`.
  func read(_ source: DocumentSource) async throws -> Extraction
}

extension FormatReader {
  func recognises(_ head: ArraySlice<UInt8>) -> Bool { false }
}

/// A document and what was odd about its file.
struct Extraction: Equatable {
  var document: ExtractedDocument
  var encoding: TextEncoding?
  /// What was read otherwise than its format says, one sentence each; bounded.
  var warnings: [String] = []
}

/// A file's bytes and names, as readers get it.
struct DocumentSource: Sendable {
  var path: String
  var bytes: [UInt8]

  /// The last part of the path.
  var fileName: String { String(path.split(separator: "/").last ?? "") }

  /// The file name without its last extension: the title when there is no other.
  var stem: String {
    guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return fileName }
    return String(fileName[..<dot])
  }

  /// The last extension in lower case, empty when there is none.
  var fileExtension: String {
    guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return "" }
    return fileName[dot...].dropFirst().lowercased()
  }

  func text() throws(SkipReason) -> SourceText {
    SourceText(try TextDecoder.decode(bytes))
  }
}

/// A decoded file cut into lines.
struct SourceText: Sendable {
  var text: String
  var encoding: TextEncoding
  /// Lines without their ends; `lines[i]` is line `i + 1` of the file.
  var lines: [Substring]

  init(_ decoded: DecodedText) {
    text = decoded.text
    encoding = decoded.encoding
    lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Substring.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
  }

  init(_ text: String) {
    self.init(DecodedText(text: text, encoding: .utf8))
  }
}

extension Substring {
  /// Whether the line holds only white space.
  var isBlank: Bool {
    utf8.allSatisfy { $0 == 0x20 || (0x09...0x0D).contains($0) }
      || allSatisfy { $0.isWhitespace }
  }

  /// Spaces before the first other character, a tab counting up to the next multiple of four.
  var indentation: Int {
    var width = 0
    for byte in utf8 {
      if byte == 0x20 {
        width += 1
      } else if byte == 0x09 {
        width += 4 - width % 4
      } else {
        break
      }
    }
    return width
  }

  /// Without white space at both ends.
  var trimmed: Substring {
    var text = self
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
