// Tells GB18030 text from other bytes that happen to be valid in it.

enum ChineseBytes {
  /// Whether `bytes` are valid GB18030 and most of its characters lie where Chinese text has them.
  ///
  /// Almost any pair of high bytes is valid, so validity says little. Western text has single high bytes
  /// before ASCII letters; Chinese has pairs of bytes from 0xA1 up. Korean and Japanese have such
  /// pairs too, but in a long text not the characters that every Chinese text is full of.
  static func looksLikeGB18030(_ bytes: [UInt8]) -> Bool {
    var (pairs, common) = (0, 0)
    var i = 0
    while i < bytes.count {
      guard bytes[i] >= 0x80 else {
        i += 1
        continue
      }
      guard i + 1 < bytes.count, bytes[i] != 0x80, bytes[i] != 0xFF else { return false }
      if 0x30...0x39 ~= bytes[i + 1] {
        i += 4
        continue
      }
      pairs += 1
      if bytes[i] >= 0xA1, bytes[i + 1] >= 0xA1 { common += 1 }
      i += 2
    }
    guard pairs > 0, Double(common) >= 0.6 * Double(pairs) else { return false }
    guard let utf8 = IconvConverter.utf8(from: bytes[...], encoding: "GB18030") else {
      return false
    }
    return hasChineseCharacters(String(decoding: utf8, as: UTF8.self))
  }

  /// In a text of some length at least one character in fifty is among the most frequent ones.
  private static func hasChineseCharacters(_ text: String) -> Bool {
    var (ideographs, frequent) = (0, 0)
    for scalar in text.unicodeScalars.prefix(100_000) where 0x4E00...0x9FFF ~= scalar.value {
      ideographs += 1
      if mostFrequent.contains(scalar) { frequent += 1 }
    }
    return ideographs < 100 ? ideographs > 0 : frequent * 50 >= ideographs
  }

  private static let mostFrequent = Set("的一是不了在人有我他这个中大来上为国和地到以说时要就出会可也".unicodeScalars)
}
