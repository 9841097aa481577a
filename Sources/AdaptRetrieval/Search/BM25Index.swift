// Keyword search in memory, for evaluation and tests, by the same formula as the database's.
import Foundation
import Synchronization

/// An inverted index over analysed chunks, ranked by BM25 as SQLite's FTS5 computes it.
///
/// k1 = 1.2, b = 0.75, idf = ln((N − n + 0.5)/(n + 0.5)) and 1e-6 where that is not positive; the terms of
/// title, headings and body count alike. Source: `fts5Bm25Function` in SQLite's `fts5_aux.c`.
package final class BM25Index: KeywordIndex {
  package static let k1 = 1.2
  package static let b = 0.75

  private struct Document {
    var id: Int64
    var collection: Int64
    var length: Int
    var counts: [String: Int]
  }

  private struct State {
    var documents: [Int64: Document] = [:]
    var postings: [String: [Int64: Int]] = [:]
    var totalLength = 0
  }

  private let analyzer: TextAnalyzer
  private let state = Mutex(State())

  package init(analyzer: TextAnalyzer = TextAnalyzer()) { self.analyzer = analyzer }

  package func upsert(_ rows: [KeywordRow]) {
    let documents = rows.map { row in
      let terms = [row.title, row.headings, row.body].flatMap(analyzer.terms)
      let counts = terms.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      return Document(
        id: row.id, collection: row.collection, length: terms.count, counts: counts)
    }
    state.withLock { state in
      for document in documents {
        Self.remove(document.id, from: &state)
        for (term, count) in document.counts {
          state.postings[term, default: [:]][document.id] = count
        }
        state.totalLength += document.length
        state.documents[document.id] = document
      }
    }
  }

  package func delete(_ ids: [Int64]) {
    state.withLock { state in
      for id in ids { Self.remove(id, from: &state) }
    }
  }

  private static func remove(_ id: Int64, from state: inout State) {
    guard let old = state.documents.removeValue(forKey: id) else { return }
    state.totalLength -= old.length
    for term in old.counts.keys {
      state.postings[term]?[id] = nil
      if state.postings[term]?.isEmpty == true { state.postings[term] = nil }
    }
  }

  /// As every index; a path prefix cannot be told here and lets everything pass.
  package func search(_ terms: [String], k: Int, filter: SearchFilter) -> [Hit] {
    guard k > 0 else { return [] }
    let scores = state.withLock { Self.scores(terms, filter, $0) }
    let hits = scores.map { Hit(id: $0.key, score: Float($0.value)) }
    return Array(hits.sorted(by: Hit.precedes).prefix(k))
  }

  private static func scores(
    _ terms: [String], _ filter: SearchFilter, _ state: State
  ) -> [Int64: Double] {
    let total = state.documents.count
    guard total > 0 else { return [:] }
    let average = max(1, Double(state.totalLength) / Double(total))
    var scores: [Int64: Double] = [:]
    for term in terms {
      guard let postings = state.postings[term] else { continue }
      let weight = inverseFrequency(postings.count, of: total)
      for (id, count) in postings {
        guard let document = state.documents[id],
          filter.collection == nil || filter.collection == document.collection
        else { continue }
        let length = k1 * (1 - b + b * Double(document.length) / average)
        scores[id, default: 0] += weight * Double(count) * (k1 + 1) / (Double(count) + length)
      }
    }
    return scores
  }

  package func documentFrequencies(
    _ terms: [String], filter: SearchFilter
  ) -> (frequencies: [String: Int], total: Int) {
    state.withLock { state in
      func passes(_ id: Int64) -> Bool {
        filter.collection == nil || state.documents[id]?.collection == filter.collection
      }
      var frequencies: [String: Int] = [:]
      for term in terms {
        frequencies[term] = state.postings[term]?.keys.count(where: passes) ?? 0
      }
      return (frequencies, state.documents.keys.count(where: passes))
    }
  }

  /// How much a term tells that `n` of `total` chunks hold.
  package static func inverseFrequency(_ n: Int, of total: Int) -> Double {
    let ratio = (Double(total) - Double(n) + 0.5) / (Double(n) + 0.5)
    return max(log(max(ratio, .leastNormalMagnitude)), 1e-6)
  }
}

extension Hit {
  /// Best first; equal scores in ascending id.
  static func precedes(_ one: Hit, _ other: Hit) -> Bool {
    one.score != other.score ? one.score > other.score : one.id < other.id
  }
}
