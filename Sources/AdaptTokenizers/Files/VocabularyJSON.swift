// The `model.vocab` of a tokenizer.json: hundreds of kilobytes of `"piece": number`, read straight from the
// bytes. The rest of the file is small and goes through Foundation with an empty vocabulary in its place.
import Foundation

/// Finds and reads the vocabulary inside a tokenizer.json.
struct VocabularyJSON {
  let path: String
  let bytes: UnsafeBufferPointer<UInt8>

  /// The byte range of the object at `model.vocab`, or nil when there is none.
  ///
  /// It only follows quotes and brackets; whether the file is JSON is for the readers of its parts to say.
  func vocabularyRange() -> Range<Int>? {
    var depth = 0
    var position = 0
    var isInModel = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let end = endOfString(position)
        let name = bytes[position + 1..<max(position + 1, end - 1)]
        position = end - 1
        if depth == 1 { isInModel = name.elementsEqual("model".utf8) }
        if depth == 2, isInModel, name.elementsEqual("vocab".utf8), let start = objectStart(end) {
          return objectRange(start)
        }
      default: break
      }
      position += 1
    }
    return nil
  }

  /// One past the closing quote of the string that opens at `start`.
  private func endOfString(_ start: Int) -> Int {
    var position = start + 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position + 1, bytes.count)
  }

  /// Where an object opens after a key that ends at `position`, when one does.
  private func objectStart(_ position: Int) -> Int? {
    var position = skipSpace(position)
    guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { return nil }
    position = skipSpace(position + 1)
    return position < bytes.count && bytes[position] == UInt8(ascii: "{") ? position : nil
  }

  /// The object that opens at `start`; it holds numbers only, so its first bracket outside strings ends it.
  private func objectRange(_ start: Int) -> Range<Int>? {
    var position = start + 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "}"): return start..<position + 1
      case UInt8(ascii: "\""): position = endOfString(position)
      default: position += 1
      }
    }
    return nil
  }

  private func skipSpace(_ start: Int) -> Int {
    var position = start
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
    return position
  }

  /// Reads the object in `range`: strings to whole numbers, no string and no number twice.
  func read(_ range: Range<Int>, prefix: [UInt8]) throws(TokenizerFault) -> Vocabulary {
    var vocabulary = Vocabulary(capacity: range.count / 14, byteCapacity: range.count / 2)
    var position = skipSpace(range.lowerBound + 1)
    if bytes[position] == UInt8(ascii: "}") { return vocabulary }
    var scratch: [UInt8] = []
    while true {
      let start = position
      try readString(&position, into: &scratch)
      position = skipSpace(position)
      guard bytes[position] == UInt8(ascii: ":") else { throw fault(position, "wanted `:`") }
      position = skipSpace(position + 1)
      let id = try readNumber(&position)
      let isNew = scratch.withUnsafeBufferPointer {
        vocabulary.insert(written: $0, prefix: prefix, id: id)
      }
      guard isNew else { throw fault(start, "`\(String(decoding: scratch, as: UTF8.self))` twice") }
      position = skipSpace(position)
      if bytes[position] == UInt8(ascii: "}") { return vocabulary }
      guard bytes[position] == UInt8(ascii: ",") else { throw fault(position, "wanted `,`") }
      position = skipSpace(position + 1)
    }
  }

  private func readNumber(_ position: inout Int) throws(TokenizerFault) -> Int32 {
    let start = position
    var value: Int32 = 0
    while (0x30...0x39).contains(bytes[position]) {
      value = value * 10 + Int32(bytes[position] - 0x30)
      guard value < VocabularyLimits.pieces else { throw fault(start, "number too large") }
      position += 1
    }
    guard position > start else { throw fault(start, "wanted a whole number from 0") }
    return value
  }

  private func readString(
    _ position: inout Int, into text: inout [UInt8]
  ) throws(TokenizerFault) {
    guard bytes[position] == UInt8(ascii: "\"") else { throw fault(position, "wanted `\"`") }
    let end = endOfString(position)
    let inner = bytes[position + 1..<max(position + 1, end - 1)]
    text.removeAll(keepingCapacity: true)
    if inner.contains(0x5C) {
      let quoted = Data(bytes[position..<end])
      let value = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed)
      guard let value = value as? String else { throw fault(position, "broken string") }
      text.append(contentsOf: value.utf8)
    } else {
      guard !inner.contains(where: { $0 < 0x20 }) else {
        throw fault(position, "control character in a string")
      }
      text.append(contentsOf: inner)
    }
    position = end
  }

  private func fault(_ offset: Int, _ reason: String) -> TokenizerFault {
    .vocabulary(path: path, offset: offset, reason: reason)
  }
}
