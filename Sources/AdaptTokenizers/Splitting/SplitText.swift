// A text on its way through the splitters: rewritten and cut, with tokens already found in it.

/// A part of a text: a word, or a token that stands.
struct SplitWord {
  var range: Range<Int>
  /// The token, −1 for a word that the model has to read.
  var id: Int32 = -1
}

/// A normalised text and its words.
struct SplitText {
  var text: AlignedText
  var words: [SplitWord]
  /// Where the text starts in the whole.
  let base: Int

  /// Cuts each word at the matches of `pattern`.
  mutating func split(_ pattern: TextPattern, _ behavior: SplitBehavior, inverted: Bool) {
    split(behavior, inverted: inverted) { word, collector in
      pattern.forEachMatch(in: word) { collector.addMatch($0) }
    }
  }

  /// Cuts each word at the scalars of a class.
  mutating func split(_ scalars: ScalarClass, _ behavior: SplitBehavior) {
    split(behavior, inverted: false) { word, collector in
      var place = 0
      while place < word.count {
        let (scalar, length) = UTF8Scalars.decode(word, at: place)
        if scalars.contains(scalar) { collector.addMatch(place..<place + length) }
        place += length
      }
    }
  }

  private mutating func split(
    _ behavior: SplitBehavior, inverted: Bool,
    _ find: (UnsafeBufferPointer<UInt8>, inout SplitCollector) -> Void
  ) {
    var result: [SplitWord] = []
    text.bytes.withUnsafeBufferPointer { bytes in
      for word in words {
        guard word.id < 0 else {
          result.append(word)
          continue
        }
        var collector = SplitCollector(inverted: inverted)
        find(UnsafeBufferPointer(rebasing: bytes[word.range]), &collector)
        let start = word.range.lowerBound
        for part in collector.finish(word.range.count, behavior) {
          result.append(SplitWord(range: start + part.lowerBound..<start + part.upperBound))
        }
      }
    }
    words = result
  }

  /// Puts `start` before each word that `wants` it.
  mutating func prepend(
    _ start: [UInt8], where wants: (SplitWord, AlignedText) -> Bool
  ) {
    let written = String(decoding: start, as: UTF8.self)
    var shift = 0
    var moved: [SplitWord] = []
    text = text.rewritten { writer in
      for word in words {
        let gains = word.id < 0 && !word.range.isEmpty && wants(word, text)
        let lower = word.range.lowerBound + shift
        if gains {
          writer.copy(upTo: word.range.lowerBound)
          writer.prepend(written)
          shift += start.count
        }
        moved.append(SplitWord(range: lower..<word.range.upperBound + shift, id: word.id))
      }
    }
    words = moved
  }

  /// Rewrites the words one by one; their texts may grow or shrink, tokens stay.
  mutating func rewrite(_ body: (AlignedText) -> AlignedText, length: (ArraySlice<UInt8>) -> Int) {
    var place = 0
    var kept = 0
    var moved: [SplitWord] = []
    for word in words {
      place += length(text.bytes[kept..<word.range.lowerBound])
      let count = length(text.bytes[word.range])
      moved.append(SplitWord(range: place..<place + count, id: word.id))
      place += count
      kept = word.range.upperBound
    }
    text = body(text)
    words = moved
  }
}
