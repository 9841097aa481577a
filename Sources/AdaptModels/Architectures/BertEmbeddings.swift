// The first stage of BERT: what a token is, which of two texts it stands in, and where.
import AdaptGradients
import AdaptTensors

/// Word, type and position embeddings, summed and normalised.
struct BertEmbeddings: Sendable {
  let words: Embedding
  private let positions: Embedding
  private let types: Embedding
  private let norm: LayerNorm

  init(_ c: BertConfiguration, _ reader: ParameterReader) throws(ModelFault) {
    words = try reader.embedding(
      "embeddings.word_embeddings", rows: c.vocabulary, width: c.width)
    positions = try reader.embedding(
      "embeddings.position_embeddings", rows: c.positions, width: c.width)
    types = try reader.embedding(
      "embeddings.token_type_embeddings", rows: c.tokenTypes, width: c.width)
    norm = try reader.layerNorm("embeddings.LayerNorm", c.width, c.epsilon)
  }

  /// The stream before the first layer `[N, D]`.
  ///
  /// Virtual tokens are of type 0.
  /// - Throws: `ModelFault.tokenOutOfRange` for a type or position.
  func callAsFunction(_ start: Pass.Start, _ batch: TokenBatch) throws(ModelFault) -> Variable {
    let pass = start.pass
    let typeNumbers = try typeNumbers(start, batch)
    if let wrong = pass.positions.first(where: { $0 < 0 }) {
      throw .tokenOutOfRange(id: wrong, vocabulary: positions.rows)
    }
    let places = pass.positions.map { Int32($0) }
    let known = learnedRows(start) + types(typeNumbers, in: pass)
    return norm(known, residual: positions(places, in: pass), in: pass)
  }

  private func typeNumbers(
    _ start: Pass.Start, _ batch: TokenBatch
  ) throws(ModelFault) -> [Int32] {
    let segments = start.pass.segments
    guard let given = batch.types else { return [Int32](repeating: 0, count: segments.total) }
    precondition(given.count == batch.tokens.count, "types of another batch")
    if let wrong = given.first(where: { !(0..<Int32(clamping: types.rows)).contains($0) }) {
      throw .tokenOutOfRange(id: Int(wrong), vocabulary: types.rows)
    }
    guard start.virtual > 0 else { return given }
    let none = [Int32](repeating: 0, count: start.virtual)
    return (0..<batch.segments.count).flatMap { none + given[batch.segments[$0]] }
  }

  /// The words' rows; those of tokens that nothing attends to teach nothing, as padding in PyTorch's tables.
  private func learnedRows(_ start: Pass.Start) -> Variable {
    guard start.rows.wantsGradient, let seen = start.pass.seen else { return start.rows }
    var mask = [Float](repeating: 0, count: start.rows.rows)
    for row in seen.rows { mask[Int(row)] = 1 }
    let learned = Tensor([mask.count, 1], mask)
    let fixed = Tensor([mask.count, 1], mask.map { 1 - $0 })
    return start.rows * Variable(learned) + start.rows.detached * Variable(fixed)
  }
}
