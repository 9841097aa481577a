// Looks into a zip file's directory before anything unpacks it (APPNOTE 6.3, 4.3.12 and 4.3.16).

/// The sizes a zip file declares; nothing is unpacked.
enum ZipDirectory {
  private static let mostEntries = 10_000
  private static let endSize = 22
  private static let entrySize = 46

  /// Checks that `bytes` are a zip file that declares to unpack to at most `largestUnpacked` bytes.
  ///
  /// - Throws: `SkipReason.unpacksTooLarge` or `.malformed`.
  static func check(_ bytes: [UInt8], largestUnpacked: Int) throws(SkipReason) {
    guard let end = endRecord(bytes) else { throw .malformed(reason: "no zip directory") }
    let count = number(bytes, end + 10, 2)
    var offset = number(bytes, end + 16, 4)
    guard count <= mostEntries else {
      throw .malformed(reason: "\(count) zip entries, limit \(mostEntries)")
    }
    var total = 0
    for _ in 0..<count {
      guard offset + entrySize <= bytes.count, number(bytes, offset, 4) == 0x0201_4B50 else {
        throw .malformed(reason: "a broken zip directory")
      }
      // 2³²−1 stands for a larger size in a ZIP64 field: beyond every limit either way.
      total += number(bytes, offset + 24, 4)
      guard total <= largestUnpacked else {
        throw .unpacksTooLarge(bytes: total, limit: largestUnpacked)
      }
      let variable =
        number(bytes, offset + 28, 2) + number(bytes, offset + 30, 2)
        + number(bytes, offset + 32, 2)
      offset += entrySize + variable
    }
  }

  /// Where the end record starts: the last signature, at most a comment's length before the end.
  private static func endRecord(_ bytes: [UInt8]) -> Int? {
    let last = bytes.count - endSize
    guard last >= 0 else { return nil }
    return (max(0, last - 65_535)...last).last { number(bytes, $0, 4) == 0x0605_4B50 }
  }

  /// A little-endian number of at most 4 bytes; the caller has checked that it lies inside.
  private static func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> Int {
    (0..<size).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
  }
}
