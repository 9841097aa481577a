// Joins the lists of two retrievers into one.

/// Two lists of hits and how they are weighed; nil weights mean that only one retriever ran.
struct Fusion {
  var lexical: [Hit]
  var dense: [Hit]
  var weights: FusionWeights?

  /// All chunks of both lists, best first; equal scores in ascending id.
  ///
  /// A chunk that only one retriever returned has on the other scale what is certain: no word in common, or
  /// a cosine no better than the last one returned.
  var ranked: [HybridSearch.RankedChunk] {
    var stages: [Int64: SearchResult.Stages] = [:]
    for (rank, hit) in lexical.enumerated() {
      stages[hit.id] = SearchResult.Stages(bm25: Double(hit.score), bm25Rank: rank + 1)
    }
    for (rank, hit) in dense.enumerated() {
      stages[hit.id, default: SearchResult.Stages()].cosine = Double(hit.score)
      stages[hit.id]?.cosineRank = rank + 1
    }
    let floor = dense.last.map { Double($0.score) } ?? weights?.cosineMean ?? 0
    return stages.map { id, stages in
      let bm25 = stages.bm25 ?? 0
      let cosine = stages.cosine ?? floor
      let score = weights?.fused(bm25: bm25, cosine: cosine) ?? stages.bm25 ?? cosine
      return HybridSearch.RankedChunk(id: id, score: score, stages: stages)
    }.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
  }
}
