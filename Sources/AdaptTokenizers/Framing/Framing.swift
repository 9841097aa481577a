// What stands around the texts of an encoding, and where its offsets end.

/// The frame that a post-processor puts around one text or two.
package struct Framing: Sendable {
  package enum Piece: Sendable, Equatable {
    /// The first text (0) or the second (1), with its type.
    case text(Int, type: Int32)
    case special([Int32], type: Int32)
  }

  /// How spaces at the ends of tokens leave the offsets.
  package struct Trimming: Sendable, Equatable {
    /// Whether the first space of the text may be one that the tokenizer put there.
    package var keepsFirstSpace: Bool

    package init(keepsFirstSpace: Bool) { self.keepsFirstSpace = keepsFirstSpace }
  }

  package var single: [Piece] = [.text(0, type: 0)]
  package var pair: [Piece] = [.text(0, type: 0), .text(1, type: 1)]
  package var trimming: Trimming?

  package init() {}

  func pieces(_ texts: Int) -> [Piece] { texts == 1 ? single : pair }

  /// The number of special tokens around so many texts.
  func count(_ texts: Int) -> Int {
    pieces(texts).reduce(0) { count, piece in
      if case .special(let ids, _) = piece { count + ids.count } else { count }
    }
  }

  /// The encodings of one text or two with their frame.
  func join(_ texts: [Encoding], addingSpecialTokens: Bool) -> Encoding {
    var result = Encoding()
    for piece in pieces(texts.count) {
      switch piece {
      case .text(let index, let type):
        guard texts.indices.contains(index) else { continue }
        result.append(texts[index], type: type, sequence: Int8(index))
      case .special(let ids, let type):
        guard addingSpecialTokens else { continue }
        for id in ids { result.appendSpecial(id, type: type) }
      }
    }
    return result
  }

  /// The numbers of one text with their frame.
  func join(_ ids: [Int32]) -> [Int32] {
    single.count == 1 && single == [.text(0, type: 0)]
      ? ids
      : single.flatMap { piece in
        switch piece {
        case .text: ids
        case .special(let special, _): special
        }
      }
  }
}
