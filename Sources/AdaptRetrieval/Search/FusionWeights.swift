// One score out of two: both on a scale where 0 is "nothing to do with it" and about 1 is the most there is.

/// How the two retrievers are weighed for one question, shown by `--explain`.
///
/// `score = (1 − w) · bm25 / ideal + w · (cosine − mean) / (9 · spread)`, with `w = agreement · readable`.
/// `bm25 / ideal` is the share of the question's information that a passage covers, as `ideal` is the
/// BM25 score no passage can exceed. Ranks are not used: they hide how sure each retriever is.
package struct FusionWeights: Sendable, Equatable, Codable {
  /// How well the embedder and the words agree on this collection, 0...1 (see `RetrievalCalibration`).
  package var agreement: Double
  /// Share of the question's letters that stand in tokens the embedder knows, 0...1.
  package var readable: Double
  package var idealBM25: Double
  package var cosineMean: Double
  package var cosineSpread: Double

  package init(
    agreement: Double, readable: Double, idealBM25: Double, cosineMean: Double,
    cosineSpread: Double
  ) {
    self.agreement = agreement
    self.readable = readable
    self.idealBM25 = idealBM25
    self.cosineMean = cosineMean
    self.cosineSpread = cosineSpread
  }

  /// Weight of the dense score; the lexical one has the rest.
  package var dense: Double { agreement * readable }

  /// A cosine this many spreads above the mean counts as a whole match.
  ///
  /// From 8 to 12 the figures of six collections in five languages move by less than 0.01.
  static let certainSpreads = 9.0

  /// The share of the question's information that a passage with this BM25 score covers, 0...1.
  package func lexicalScore(_ bm25: Double) -> Double { idealBM25 > 0 ? bm25 / idealBM25 : 0 }

  /// How near a cosine is on the same scale; below 0 for what is farther than the average passage.
  package func denseScore(_ cosine: Double) -> Double {
    (cosine - cosineMean) / (cosineSpread * Self.certainSpreads)
  }

  func fused(bm25: Double, cosine: Double) -> Double {
    (1 - dense) * lexicalScore(bm25) + dense * denseScore(cosine)
  }

  /// The BM25 score that no passage can exceed: every term as often as one likes.
  ///
  /// A term that no passage has counts like the rarest; a pair of characters that no passage has does
  /// not count, as most such pairs straddle two words.
  static func idealBM25(
    _ terms: [String], frequencies: [String: Int], total: Int
  ) -> Double {
    terms.reduce(0) { sum, term in
      let n = frequencies[term] ?? 0
      if n == 0, term.unicodeScalars.count > 1, TextAnalyzer.isCharacterTerm(term) { return sum }
      return sum + BM25Index.inverseFrequency(n, of: total) * (BM25Index.k1 + 1)
    }
  }

  /// The share of a text's letters and digits that the embedder's tokens tell apart; 1 for a text of none.
  package static func readableShare(of text: String, _ tokens: [EmbedderToken]) -> Double {
    let bytes = Array(text.utf8)
    var known = 0
    var all = 0
    for token in tokens {
      let range = token.bytes.clamped(to: 0..<bytes.count)
      let letters = String(decoding: bytes[range], as: UTF8.self).unicodeScalars.count {
        let kind = ScriptClass($0)
        return kind == .word || kind == .unspaced
      }
      all += letters
      if !token.isUnknown { known += letters }
    }
    return all == 0 ? 1 : Double(known) / Double(all)
  }
}
