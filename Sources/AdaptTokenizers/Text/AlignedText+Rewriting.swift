// The rewritings that normalisers and splitters share.

extension AlignedText {
  /// Each scalar as `body` wants it: nil keeps it, an empty list removes it.
  func mappingScalars(_ body: (Unicode.Scalar) -> [Unicode.Scalar]?) -> AlignedText {
    rewritten { writer in
      let text = writer.text
      var place = 0
      while place < text.count {
        let (value, length) = UTF8Scalars.decode(text, at: place)
        if let scalar = Unicode.Scalar(value), let mapped = body(scalar) {
          writer.copy(upTo: place)
          let changes = mapped.enumerated().map {
            ScalarChange($0.element.value, change: $0.offset == 0 ? 0 : 1)
          }
          writer.replace(upTo: place + length, by: changes)
        }
        place += length
      }
    }
  }

  /// Without white space at its ends.
  func stripped(left: Bool, right: Bool) -> AlignedText {
    rewritten { writer in
      let text = writer.text
      let start = left ? ScalarClass.whitespace.end(in: text, from: 0) : 0
      var end = text.count
      while right, end > start {
        var before = end - 1
        while before > start, text[before] & 0xC0 == 0x80 { before -= 1 }
        guard ScalarClass.whitespace.contains(UTF8Scalars.decode(text, at: before).0) else {
          break
        }
        end = before
      }
      if start > 0 { writer.replace(upTo: start, by: []) }
      writer.copy(upTo: end)
      if end < text.count { writer.replace(upTo: text.count, by: []) }
    }
  }

  /// With `content` for each match; it stands for the last scalar of the match.
  func replacing(_ pattern: TextPattern, by content: [UInt8]) -> AlignedText {
    let scalars = String(decoding: content, as: UTF8.self).unicodeScalars
    let changes = scalars.map { ScalarChange($0.value, change: 1) }
    return rewritten { writer in
      let text = writer.text
      pattern.forEachMatch(in: text) { match in
        writer.copy(upTo: match.lowerBound)
        let removed = text[match].reduce(into: 0) { $0 += $1 & 0xC0 != 0x80 ? 1 : 0 }
        writer.replace(upTo: match.upperBound, by: changes, removed: removed)
      }
    }
  }

  /// With `start` before a text that is not empty; it stands for the first scalar.
  func prepending(_ start: [UInt8]) -> AlignedText {
    rewritten { $0.prepend(String(decoding: start, as: UTF8.self)) }
  }

  /// Each byte as its letter; the bytes of a scalar all stand for the scalar.
  func mappingToLetters() -> AlignedText {
    rewritten { writer in
      let text = writer.text
      var place = 0
      while place < text.count {
        let length = UTF8Scalars.decode(text, at: place).1
        if length > 1 || ByteAlphabet.scalars[Int(text[place])] != UInt32(text[place]) {
          writer.copy(upTo: place)
          let changes = text[place..<place + length].enumerated().map {
            ScalarChange(
              ByteAlphabet.scalars[Int($0.element)], change: $0.offset == 0 ? 0 : 1)
          }
          writer.replace(upTo: place + length, by: changes)
        }
        place += length
      }
    }
  }
}

extension AlignedText.Writer {
  /// Puts `start` before the next scalar, for which it then stands; does nothing at the end.
  mutating func prepend(_ start: String) {
    guard position < text.count, !start.isEmpty else { return }
    let (scalar, length) = UTF8Scalars.decode(text, at: position)
    var changes = start.unicodeScalars.enumerated().map {
      ScalarChange($0.element.value, change: $0.offset == 0 ? 0 : 1)
    }
    changes.append(ScalarChange(scalar, change: 1))
    replace(upTo: position + length, by: changes)
  }
}
