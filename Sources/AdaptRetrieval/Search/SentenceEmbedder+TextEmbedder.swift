// The BERT sentence encoder as retrieval uses it.
package import AdaptModels
import AdaptTensors
import AdaptTokenizers

extension SentenceEmbedder: TextEmbedder {
  package func tokens(of text: String) -> [EmbedderToken] {
    let tokens: [Token] = tokens(of: text)
    return tokens.map { EmbedderToken(bytes: $0.bytes, isUnknown: $0.isUnknown) }
  }
}

extension ScoreKernels {
  /// The threaded kernel that reads the matrix at the speed of memory.
  package static let fast: ScoreKernel = { matrix, rows, columns, query in
    scores(matrix: matrix, rows: rows, columns: columns, query: query)
  }
}
