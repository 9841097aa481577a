// The unigram language model: the cut of a word with the best sum of scores, by Viterbi.

/// Pieces with their log probabilities.
///
/// Kudo, arXiv:1804.10959; unknown scalars cost the lowest score less 10, as in SentencePiece, and
/// neighbouring ones are one token.
package struct UnigramModel: Sendable {
  package let pieces: PieceTable
  private let scores: [Double]
  private let trie: PieceTrie
  private let unknown: Int32
  private let unknownScore: Double
  /// The pieces `<0x00>` to `<0xFF>`; empty without byte fallback.
  private let fallback: [Int32]

  /// `scores` by number; all finite.
  package init(pieces: PieceTable, scores: [Double], unknown: Int32, fallback: [Int32]) {
    self.pieces = pieces
    self.scores = scores
    self.unknown = unknown
    self.fallback = fallback
    unknownScore = (scores.min() ?? 0) - 10
    var trie = PieceTrie(capacity: pieces.count * 4)
    pieces.visit { id, piece in trie.insert(piece, value: id) }
    self.trie = trie
  }

  private struct Node {
    var score = 0.0
    /// Where the last piece of the best path to here starts, −1 where none ends here.
    var start = -1
    var id: Int32 = -1
  }

  /// Appends the tokens of a word that is not empty.
  func encode(_ word: UnsafeBufferPointer<UInt8>, into out: inout WordTokens) {
    let nodes = bestPaths(word)
    var cuts: [(start: Int, end: Int)] = []
    var end = word.count
    var isInUnknown = false
    while end > 0, nodes[end].start >= 0 {
      let node = nodes[end]
      if node.id == unknown, isInUnknown {
        cuts[cuts.count - 1].start = node.start
      } else {
        cuts.append((node.start, end))
      }
      isInUnknown = node.id == unknown
      end = node.start
    }
    for cut in cuts.reversed() { append(cut.start, cut.end, word, &out) }
  }

  private func append(
    _ start: Int, _ end: Int, _ word: UnsafeBufferPointer<UInt8>, _ out: inout WordTokens
  ) {
    let piece = UnsafeBufferPointer(rebasing: word[start..<end])
    if let id = pieces.id(of: piece) {
      out.append(id, start, end)
    } else if !fallback.isEmpty, piece.allSatisfy({ fallback[Int($0)] >= 0 }) {
      for byte in piece { out.append(fallback[Int(byte)], start, end) }
    } else {
      out.append(unknown, start, end)
    }
  }

  private func bestPaths(_ word: UnsafeBufferPointer<UInt8>) -> [Node] {
    var nodes = [Node](repeating: Node(), count: word.count + 1)
    nodes.withUnsafeMutableBufferPointer { nodes in
      var start = 0
      while start < word.count {
        let length = UTF8Scalars.decode(word, at: start).1
        let before = nodes[start].score
        var hasSingle = false
        trie.forEachMatch(in: word, at: start) { id, end in
          let score = scores[Int(id)] + before
          if nodes[end].start < 0 || score > nodes[end].score {
            nodes[end] = Node(score: score, start: start, id: id)
          }
          hasSingle = hasSingle || end == start + length
        }
        let end = start + length
        let score = unknownScore + before
        if !hasSingle, nodes[end].start < 0 || score > nodes[end].score {
          nodes[end] = Node(score: score, start: start, id: unknown)
        }
        start = end
      }
    }
    return nodes
  }
}
