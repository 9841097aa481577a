// Decides whether the passages that were found hold an answer, so that the product can say that they do not.
import Foundation

/// How well the best passages support a question; every measure lies in 0…1.
package struct AnswerEvidence: Sendable, Equatable, Codable {
  /// IDF-weighted share of the question's content terms in the best passage.
  package var coverage: Double
  /// Cosine of the question and the best passage; nil without an embedder.
  package var cosine: Double?
  /// Cosine of the question and the best sentence; nil without an embedder.
  package var sentenceCosine: Double?
  /// How far the embedder can read the question: 0 not at all, 1 fully.
  package var readability: Double
  /// Estimated probability that the passages hold the answer.
  package var support: Double

  package init(
    coverage: Double = 0, cosine: Double? = nil, sentenceCosine: Double? = nil,
    readability: Double = 0, support: Double = 0
  ) {
    self.coverage = coverage
    self.cosine = cosine
    self.sentenceCosine = sentenceCosine
    self.readability = readability
    self.support = support
  }

  /// Every key is there: the cosines are null without an embedder.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(coverage, forKey: .coverage)
    try container.encode(cosine, forKey: .cosine)
    try container.encode(sentenceCosine, forKey: .sentenceCosine)
    try container.encode(readability, forKey: .readability)
    try container.encode(support, forKey: .support)
  }

  private enum CodingKeys: String, CodingKey {
    case coverage, cosine, sentenceCosine, readability, support
  }
}

/// The inverse document frequencies of a question's terms in the collection that is searched.
package struct TermWeights: Sendable {
  private let weights: [String: Double]

  /// Weighs each term by ln(1 + (N − n + ½) / (n + ½)), which is never negative; a term that no chunk
  /// holds weighs most: what the documents never mention, they do not answer.
  package init(terms: [String], frequencies: [String: Int], total: Int) {
    var weights: [String: Double] = [:]
    for term in terms {
      let n = Double(frequencies[term] ?? 0)
      weights[term] = log(1 + (Double(total) - n + 0.5) / (n + 0.5))
    }
    self.weights = weights
  }

  /// The share of the terms' weight that `found` holds, 0…1.
  package func share(of found: Set<String>) -> Double {
    let total = weights.values.reduce(0, +)
    guard total > 0 else { return 0 }
    return weights.reduce(0) { $0 + (found.contains($1.key) ? $1.value : 0) } / total
  }
}

/// Judges from the evidence whether the question is answered by what was found.
///
/// Support is a logistic function of word evidence and meaning evidence. Meaning counts as far as the
/// embedder can read the question; where it cannot, words must carry the answer alone. The constants
/// were fitted on questions whose answer was and was not in the collection: half of XQuAD's articles
/// (English, Chinese) and the development questions about the method cards (`adapt evaluate gate`).
package struct EvidenceGate: Sendable {
  /// From this support on the documents are taken to hold an answer.
  package var threshold = 0.3

  package init() {}

  /// The estimated probability, 0…1, that passages with this evidence hold the answer.
  ///
  /// Uses coverage, both cosines and readability of `evidence`; its support is not looked at.
  package func support(_ evidence: AnswerEvidence) -> Double {
    let words = 16 * (evidence.coverage - 0.40)
    guard let cosine = evidence.cosine, let sentence = evidence.sentenceCosine else {
      return 1 / (1 + exp(-words))
    }
    let both = 11 * evidence.coverage + 7 * cosine + 11 * sentence - 12.8
    let trust = evidence.readability
    return 1 / (1 + exp(-(trust * both + (1 - trust) * words)))
  }
}
