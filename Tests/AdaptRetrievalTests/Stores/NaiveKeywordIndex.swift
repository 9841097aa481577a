// BM25 straight from its formula, without an inverted index: the twin of the FTS5 one.
import AdaptRetrieval
import Foundation
import Synchronization

final class NaiveKeywordIndex: KeywordIndex {
  private struct Entry {
    var row: KeywordRow
    /// Terms of title, headings and body.
    var columns: [[String]]
  }

  private let analyze: @Sendable (String) -> [String]
  private let weights: [Double]
  private let path: @Sendable (Int64) throws -> String?
  private let entries = Mutex<[Int64: Entry]>([:])

  init(
    weights: [Double], analyze: @escaping @Sendable (String) -> [String],
    path: @escaping @Sendable (Int64) throws -> String?
  ) {
    self.weights = weights
    self.analyze = analyze
    self.path = path
  }

  func upsert(_ rows: [KeywordRow]) {
    entries.withLock { entries in
      for row in rows {
        let columns = [row.title, row.headings, row.body].map { text in
          analyze(text).map { $0.lowercased() }
        }
        entries[row.id] = Entry(row: row, columns: columns)
      }
    }
  }

  func delete(_ ids: [Int64]) {
    entries.withLock { entries in
      for id in ids { entries[id] = nil }
    }
  }

  func search(_ terms: [String], k: Int, filter: SearchFilter) throws -> [Hit] {
    let all = entries.withLock { $0 }
    let average =
      Double(all.values.reduce(0) { $0 + $1.columns.joined().count }) / Double(max(1, all.count))
    let rarities = Dictionary(
      uniqueKeysWithValues: Set(terms.map { $0.lowercased() }).map { ($0, rarity($0, all)) })
    var top = TopHits(k)
    for (id, entry) in all where try isAllowed(entry.row, filter) {
      let length = Double(entry.columns.joined().count)
      var score = 0.0
      var matches = false
      for term in terms.map({ $0.lowercased() }) {
        let frequency = zip(entry.columns, weights).reduce(0.0) { sum, column in
          sum + column.1 * Double(column.0.count { $0 == term })
        }
        guard frequency > 0 else { continue }
        matches = true
        let rarity = rarities[term] ?? 0
        score += rarity * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / average))
      }
      if matches { top.offer(id, Float(score)) }
    }
    return top.sorted
  }

  private func rarity(_ term: String, _ all: [Int64: Entry]) -> Double {
    let holders = Double(all.values.count { $0.columns.joined().contains(term) })
    return max(1e-6, log((Double(all.count) - holders + 0.5) / (holders + 0.5)))
  }

  func documentFrequencies(
    _ terms: [String], filter: SearchFilter
  ) throws -> (frequencies: [String: Int], total: Int) {
    let allowed = try entries.withLock { $0 }.values.filter { try isAllowed($0.row, filter) }
    let counts = terms.map { term in
      (term, allowed.count { $0.columns.joined().contains(term.lowercased()) })
    }
    return (Dictionary(counts) { first, _ in first }, allowed.count)
  }

  private func isAllowed(_ row: KeywordRow, _ filter: SearchFilter) throws -> Bool {
    if let collection = filter.collection, row.collection != collection { return false }
    guard let prefix = filter.pathPrefix else { return true }
    return try path(row.id)?.hasPrefix(prefix) ?? false
  }
}
