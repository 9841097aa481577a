// How long passages are, and who counts.

/// The sizes of chunks in tokens.
package struct ChunkingSettings: Sendable, Equatable, Codable {
  /// What packing neighbours under one heading aims at.
  package var target: Int
  /// What the embedder reads at once, its special tokens not counted: text, title and headings together.
  package var limit: Int
  /// What is repeated when a block is cut inside.
  package var overlap: Int

  package init(target: Int = 200, limit: Int = 254, overlap: Int = 30) {
    self.target = target
    self.limit = limit
    self.overlap = overlap
  }

  /// The settings for an embedder that reads `maximumTokens`, two special tokens among them.
  package init(maximumTokens: Int) {
    let limit = max(16, min(maximumTokens, 1024) - 2)
    self.init(target: min(200, limit * 4 / 5), limit: limit, overlap: min(30, limit / 8))
  }
}
