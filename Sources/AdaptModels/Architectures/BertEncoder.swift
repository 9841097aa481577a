// BERT (Devlin et al., arXiv:1810.04805): token, position and type embeddings, then layers of attention and
// feed-forward, each with its residual normalised after the sum.
package import AdaptTensors
import Foundation

/// One ragged batch of token sequences.
package struct EncoderInput: Sendable {
  /// Token numbers of all segments `[N]`.
  package var tokens: [Int32]
  package var segments: Segments
  /// Sentence numbers `[N]`; zeros when nil.
  package var types: [Int32]?
  /// Position numbers `[N]`; from 0 in each segment when nil.
  package var positions: [Int32]?

  package init(
    tokens: [Int32], segments: Segments, types: [Int32]? = nil, positions: [Int32]? = nil
  ) {
    self.tokens = tokens
    self.segments = segments
    self.types = types
    self.positions = positions
  }

  /// One segment a sequence.
  package init(_ sequences: [[Int32]]) {
    self.init(
      tokens: sequences.flatMap { $0 }, segments: Segments(lengths: sequences.map(\.count)))
  }
}

/// A BERT encoder with its weights.
package struct BertEncoder: Sendable {
  package let configuration: BertConfiguration
  private let embeddings: BertEmbeddings
  private let layers: [BertLayer]
  private let pooler: PlainLinear?

  /// Takes the weights by their Hugging Face names, with or without a prefix such as `bert.`.
  ///
  /// - Throws: `ModelFault.weights` naming the missing tensor, or both shapes where one contradicts the
  ///   configuration; `.contradiction` when the file has more layers.
  package init(_ configuration: BertConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try WeightReader(
      files, anchor: "embeddings.word_embeddings.weight", usual: ["", "bert."])
    self.configuration = configuration
    embeddings = try BertEmbeddings(configuration, reader)
    var layers: [BertLayer] = []
    for number in 0..<configuration.layers {
      layers.append(try BertLayer(configuration, reader, "encoder.layer.\(number)."))
    }
    self.layers = layers
    guard !reader.contains("encoder.layer.\(layers.count).output.dense.weight") else {
      throw .contradiction(
        path: files.path, what: "the weights have more layers than the configuration",
        wanted: "\(layers.count)", got: "at least \(layers.count + 1)")
    }
    let width = configuration.width
    pooler =
      reader.contains("pooler.dense.weight")
      ? try reader.linear("pooler.dense", in: width, out: width) : nil
  }

  /// The last hidden states `[N, D]`; `observe` sees those of the embeddings and of every layer.
  ///
  /// - Throws: `ModelFault.tokenOutOfRange`, `.tooLong`.
  package func callAsFunction(
    _ input: EncoderInput, observe: (Tensor) -> Void = { _ in }
  ) throws(ModelFault) -> Tensor {
    var hidden = try embeddings(input)
    observe(hidden)
    for layer in layers {
      hidden = layer(hidden, segments: input.segments)
      observe(hidden)
    }
    return hidden
  }

  /// tanh(pooler(first token of each segment)) `[S, D]`; nil when the file has no pooler.
  ///
  /// - Precondition: no segment is empty.
  package func pooled(_ hidden: Tensor, segments: Segments) -> Tensor? {
    pooler.map { pooler in
      let x = pooler(hidden.gatheringRows(segments.offsets.dropLast()))
      return Tensor(x.shape, x.elements.map { Float(tanh(Double($0))) })
    }
  }
}

/// Word, position and type embeddings, summed and normalised.
private struct BertEmbeddings: Sendable {
  let words: Tensor
  let positions: Tensor
  let types: Tensor
  let norm: PlainLayerNorm

  init(_ c: BertConfiguration, _ reader: WeightReader) throws(ModelFault) {
    words = try reader.tensor("embeddings.word_embeddings.weight", [c.vocabulary, c.width])
    positions = try reader.tensor("embeddings.position_embeddings.weight", [c.positions, c.width])
    types = try reader.tensor("embeddings.token_type_embeddings.weight", [c.tokenTypes, c.width])
    norm = try reader.layerNorm("embeddings.LayerNorm", width: c.width, epsilon: c.epsilon)
  }

  func callAsFunction(_ input: EncoderInput) throws(ModelFault) -> Tensor {
    let (N, D) = (input.tokens.count, words.columns)
    precondition(input.segments.total == N, "segments of another batch")
    let positionNumbers = input.positions ?? input.segments.positions
    let typeNumbers = input.types ?? [Int32](repeating: 0, count: N)
    if let worst = positionNumbers.max(), worst >= positions.rows {
      throw .tooLong(tokens: Int(worst) + 1, limit: positions.rows)
    }
    for (numbers, table) in [
      (input.tokens, words), (typeNumbers, types), (positionNumbers, positions),
    ] {
      if let wrong = numbers.first(where: { !(0..<Int32(table.rows)).contains($0) }) {
        throw .tokenOutOfRange(id: Int(wrong), vocabulary: table.rows)
      }
    }
    let sum = Tensor([N, D]) { out in
      for row in 0..<N {
        let (word, x) = (words.storage.base + Int(input.tokens[row]) * D, out + row * D)
        let position = positions.storage.base + Int(positionNumbers[row]) * D
        let type = types.storage.base + Int(typeNumbers[row]) * D
        for j in 0..<D { x[j] = word[j] + type[j] + position[j] }
      }
    }
    return norm(sum)
  }
}

/// One layer: self-attention and feed-forward, each normalised with its residual.
private struct BertLayer: Sendable {
  let queryKeyValue: [PlainLinear]
  let output: PlainLinear
  let outputNorm: PlainLayerNorm
  let up: PlainLinear
  let down: PlainLinear
  let downNorm: PlainLayerNorm
  let heads: Int
  let activation: Activation
  let nonlinearity: Nonlinearity

  init(_ c: BertConfiguration, _ reader: WeightReader, _ name: String) throws(ModelFault) {
    let (D, F) = (c.width, c.feedForward)
    var projections: [PlainLinear] = []
    for part in ["query", "key", "value"] {
      projections.append(try reader.linear(name + "attention.self.\(part)", in: D, out: D))
    }
    queryKeyValue = projections
    output = try reader.linear(name + "attention.output.dense", in: D, out: D)
    outputNorm = try reader.layerNorm(
      name + "attention.output.LayerNorm", width: D, epsilon: c.epsilon)
    up = try reader.linear(name + "intermediate.dense", in: D, out: F)
    down = try reader.linear(name + "output.dense", in: F, out: D)
    downNorm = try reader.layerNorm(name + "output.LayerNorm", width: D, epsilon: c.epsilon)
    heads = c.heads
    activation = c.activation
    nonlinearity = c.nonlinearity
  }

  func callAsFunction(_ x: Tensor, segments: Segments) -> Tensor {
    let qkv = linears(queryKeyValue, x)
    let context = attention(
      query: qkv[0], key: qkv[1], value: qkv[2], heads: heads, segments: segments)
    let attended = outputNorm(output(context), residual: x)
    let raised = up(attended, then: activation)
    let bent = activation == .none ? raised.applying(nonlinearity) : raised
    return downNorm(down(bent), residual: attended)
  }
}

extension Segments {
  /// Position numbers that start from 0 in each segment `[N]`.
  package var positions: [Int32] {
    (0..<count).flatMap { segment in (0..<Int32(self[segment].count)) }
  }
}
