// What the tests of search share: an embedder over a word list, a store that scans, random numbers.
import AdaptRetrieval

struct TestRandom {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(limit))
  }
}

/// Embeds a text as the sum of random directions of the groups its words belong to.
///
/// Words that are in no group are unknown; groups make synonyms, so that it can find what words cannot.
struct GroupEmbedder: TextEmbedder {
  var identity = "groups"
  let dimensions = 32
  var maximumTokens = 12
  /// Group number by word.
  var groups: [String: Int]
  /// Ignores the text and answers at random, as a model that cannot read it.
  var isBlind = false

  func tokens(of text: String) -> [EmbedderToken] {
    var start = 0
    return text.split(separator: " ", omittingEmptySubsequences: false).compactMap { word in
      let range = start..<start + word.utf8.count
      start = range.upperBound + 1
      if word.isEmpty { return nil }
      return EmbedderToken(bytes: range, isUnknown: groups[String(word)] == nil)
    }
  }

  func embed(_ texts: [String]) -> [[Float]] {
    texts.map { text in
      var vector = [Float](repeating: 0, count: dimensions)
      for word in text.split(separator: " ").prefix(maximumTokens - 2) {
        let seed = isBlind ? text.utf8.reduce(7) { $0 &* 31 &+ Int($1) } : groups[String(word)]
        guard let seed else { continue }
        var random = TestRandom(seed: UInt64(truncatingIfNeeded: seed &+ 1))
        for i in vector.indices { vector[i] += Float(random.below(2001)) / 1000 - 1 }
      }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return length == 0 ? vector : vector.map { $0 / length }
    }
  }
}

/// A vector store that scans an array.
struct ScanningStore: VectorStore {
  var rows: [VectorRow]

  func upsert(_ rows: [VectorRow]) {}
  func delete(_ ids: [Int64]) {}
  func statistics() -> StoreStatistics {
    StoreStatistics(rows: rows.count, dimensions: 0, bytes: 0)
  }

  func search(_ query: [Float], k: Int, filter: SearchFilter, exact: Bool) -> [Hit] {
    let hits = rows.map { row in
      Hit(id: row.id, score: zip(query, row.vector).reduce(0) { $0 + $1.0 * $1.1 })
    }
    return Array(
      hits.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }.prefix(k))
  }
}

/// A collection of texts with its search.
struct TestCollection {
  let texts: [String]
  let embedder: GroupEmbedder
  let calibration: RetrievalCalibration
  let vectors: ScanningStore
  let index = BM25Index()

  init(_ texts: [String], _ embedder: GroupEmbedder) throws {
    self.texts = texts
    self.embedder = embedder
    let all = embedder.embed(texts)
    vectors = ScanningStore(
      rows: all.enumerated().map { VectorRow(id: Int64($0), collection: 1, vector: $1) })
    index.upsert(
      texts.enumerated().map {
        KeywordRow(id: Int64($0), collection: 1, title: "", headings: "", body: $1)
      })
    calibration = try RetrievalCalibration.measure(
      zip(texts, all).enumerated().map {
        CalibrationPassage(document: Int64($0), text: $1.0, vector: $1.1)
      }, embedder: embedder)
  }

  func search(
    embedder: GroupEmbedder?, calibration: RetrievalCalibration?
  ) -> HybridSearch {
    let texts = texts
    return HybridSearch(
      keywords: index, vectors: vectors, embedder: embedder, calibration: calibration
    ) { ids in
      ids.reversed().map {
        FoundPassage(
          chunk: $0, document: $0, path: "\($0).md", title: "", headings: ["A", "B"],
          text: texts[Int($0)])
      }
    }
  }

  var search: HybridSearch { search(embedder: embedder, calibration: calibration) }
}
