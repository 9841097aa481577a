// Documents are judged, passages are found: a document is as good as its best passage.

extension HybridSearch {
  /// A searcher for `RetrievalEvaluation.run`.
  ///
  /// `documents` names the judged document that each chunk belongs to.
  package func evaluationSearcher(
    documents: [Int64: String]
  ) -> RetrievalEvaluation.Searcher {
    { query, mode, k in
      let (ranked, _) = try rank(query, mode: mode, k: max(k, k * 4))
      var seen: Set<String> = []
      let names = ranked.compactMap { documents[$0.id] }.filter { seen.insert($0).inserted }
      return Array(names.prefix(k))
    }
  }
}
