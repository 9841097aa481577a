// Turns a file's bytes into text, or says why they are none.

/// The encodings that are recognised, by a mark at the start or by what the bytes allow.
package enum TextEncoding: String, Sendable, CaseIterable {
  case utf8 = "UTF-8"
  case utf16LittleEndian = "UTF-16LE"
  case utf16BigEndian = "UTF-16BE"
  case gb18030 = "GB18030"
  case windows1252 = "WINDOWS-1252"
}

/// A file's text and how it was read.
package struct DecodedText: Sendable, Equatable {
  /// All line ends are `\n`, a byte order mark is gone.
  package var text: String
  package var encoding: TextEncoding

  package init(text: String, encoding: TextEncoding) {
    self.text = text
    self.encoding = encoding
  }
}

/// Detects the encoding of bytes and decodes them.
///
/// Order: byte order mark; UTF-16 by its pattern of null bytes; any other null byte means binary;
/// UTF-8 when valid; GB18030 when valid and its characters look Chinese; Windows-1252 when few bytes
/// are above ASCII.
package enum TextDecoder {
  /// - Throws: `SkipReason.empty`, `.binary` or `.encoding`.
  package static func decode(_ bytes: [UInt8]) throws(SkipReason) -> DecodedText {
    guard !bytes.isEmpty else { throw .empty }
    let (encoding, body) = try detect(bytes)
    let converted =
      encoding == .utf8
      ? body : IconvConverter.utf8(from: body, encoding: encoding.rawValue)?[...]
    guard let converted else { throw .encoding }
    guard let text = String(validating: withPlainLineEnds(converted), as: UTF8.self) else {
      throw .encoding
    }
    guard looksLikeText(text) else { throw .binary }
    guard text.contains(where: { !$0.isWhitespace }) else { throw .empty }
    return DecodedText(text: text, encoding: encoding)
  }

  private static func detect(
    _ bytes: [UInt8]
  ) throws(SkipReason) -> (TextEncoding, ArraySlice<UInt8>) {
    if let marked = try marked(bytes) { return marked }
    return (try guessed(bytes), bytes[...])
  }

  private static func marked(
    _ bytes: [UInt8]
  ) throws(SkipReason) -> (TextEncoding, ArraySlice<UInt8>)? {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, bytes[3...]) }
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) { throw .encoding }  // UTF-32
    if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16LittleEndian, bytes[2...]) }
    if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16BigEndian, bytes[2...]) }
    return nil
  }

  private static func guessed(_ bytes: [UInt8]) throws(SkipReason) -> TextEncoding {
    if bytes.contains(0) {
      guard let encoding = utf16ByNulls(bytes) else { throw .binary }
      return encoding
    }
    if String(validating: bytes, as: UTF8.self) != nil { return .utf8 }
    if ChineseBytes.looksLikeGB18030(bytes) { return .gb18030 }
    guard looksLikeWindows1252(bytes) else {
      throw controlShare(bytes) > 0.02 ? .binary : .encoding
    }
    return .windows1252
  }

  /// UTF-16 without a mark: nulls in one half of the byte pairs only, and in many of them.
  private static func utf16ByNulls(_ bytes: [UInt8]) -> TextEncoding? {
    guard bytes.count % 2 == 0 else { return nil }
    let sample = bytes.prefix(1 << 16)
    var (even, odd) = (0, 0)
    for (i, byte) in sample.enumerated() where byte == 0 {
      if i % 2 == 0 { even += 1 } else { odd += 1 }
    }
    let pairs = sample.count / 2
    if even == 0, odd * 5 >= pairs { return .utf16LittleEndian }
    if odd == 0, even * 5 >= pairs { return .utf16BigEndian }
    return nil
  }

  /// No byte without a meaning, hardly a control character, and fewer than a third above ASCII.
  private static func looksLikeWindows1252(_ bytes: [UInt8]) -> Bool {
    let high = bytes.count { $0 >= 0x80 }
    let undefined: Set<UInt8> = [0x81, 0x8D, 0x8F, 0x90, 0x9D]
    return high * 3 < bytes.count && !bytes.contains(where: undefined.contains)
      && controlShare(bytes) <= 0.005
  }

  private static func controlShare(_ bytes: [UInt8]) -> Double {
    Double(bytes.count(where: isControl)) / Double(max(1, bytes.count))
  }

  /// Control characters other than backspace, tab, line feed, form feed, return and escape.
  private static func isControl(_ byte: UInt8) -> Bool {
    byte == 0x7F || (byte < 0x20 && !(8...10 ~= byte || 12...13 ~= byte || byte == 0x1B))
  }

  /// Few control characters; a stray one in a log does not make a file binary.
  private static func looksLikeText(_ text: String) -> Bool {
    var (count, total) = (0, 0)
    for byte in text.utf8 {
      total += 1
      if isControl(byte) { count += 1 }
    }
    return Double(count) <= 0.02 * Double(total)
  }

  private static func withPlainLineEnds(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard bytes.contains(0x0D) else { return bytes }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var afterReturn = false
    for byte in bytes {
      if byte == 0x0A, afterReturn {
        afterReturn = false
        continue
      }
      afterReturn = byte == 0x0D
      plain.append(afterReturn ? 0x0A : byte)
    }
    return plain[...]
  }
}
