// The pre-tokenisers of tokenizer files, as a list of steps over a text.

/// Cuts a normalised text into words.
package struct PreTokenizer: Sendable {
  /// When a text gets a space that it does not have.
  package enum PrependScheme: String, Sendable, CaseIterable {
    case first, always, never
  }

  package enum Step: Sendable {
    /// A space before each word that has none.
    case prefixSpace
    case split(TextPattern, SplitBehavior, inverted: Bool)
    case scalars(ScalarClass, SplitBehavior)
    /// Each byte as its letter of `ByteAlphabet`.
    case byteLetters
    case metaspace([UInt8], PrependScheme, splits: Bool)
  }

  package var steps: [Step]

  package init(_ steps: [Step] = []) { self.steps = steps }

  /// The split of GPT-2.
  package static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// The only step where it is an isolating expression, which needs no list of words.
  var onlyPattern: TextPattern? {
    guard steps.count == 1, case .split(let pattern, .isolated, false) = steps[0] else {
      return nil
    }
    return pattern
  }

  func apply(_ split: inout SplitText) {
    for step in steps { apply(step, &split) }
  }

  private func apply(_ step: Step, _ split: inout SplitText) {
    switch step {
    case .prefixSpace:
      split.prepend([32]) { word, text in text.bytes[word.range.lowerBound] != 32 }
    case .split(let pattern, let behavior, let inverted):
      split.split(pattern, behavior, inverted: inverted)
    case .scalars(let scalars, let behavior): split.split(scalars, behavior)
    case .byteLetters:
      split.rewrite {
        $0.mappingToLetters()
      } length: { bytes in
        bytes.reduce(into: 0) { $0 += ByteAlphabet.scalars[Int($1)] < 0x80 ? 1 : 2 }
      }
    case .metaspace(let sign, let scheme, let splits):
      metaspace(sign, scheme, splits: splits, &split)
    }
  }

  private func metaspace(
    _ sign: [UInt8], _ scheme: PrependScheme, splits: Bool, _ split: inout SplitText
  ) {
    let space = TextPattern.literal([32])
    split.rewrite {
      $0.replacing(space, by: sign)
    } length: { bytes in
      bytes.reduce(into: 0) { $0 += $1 == 32 ? sign.count : 1 }
    }
    if scheme != .never {
      let base = split.base
      split.prepend(sign) { word, text in
        let isThere = text.bytes[word.range].starts(with: sign)
        return !isThere && (scheme == .always || base + text.start(of: word) == 0)
      }
    }
    if splits { split.split(.literal(sign), .mergedWithNext, inverted: false) }
  }
}

extension AlignedText {
  /// Where the source of a word starts.
  fileprivate func start(of word: SplitWord) -> Int {
    word.range.lowerBound == 0 ? 0 : source(of: word.range).lowerBound
  }
}
