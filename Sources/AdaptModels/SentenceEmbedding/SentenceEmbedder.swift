// Sentence embeddings from a BERT-family model folder: tokenizer, encoder, pooling, unit length.
import AdaptGradients
import AdaptSystem
import AdaptTensors
package import AdaptTokenizers
package import Foundation
import Synchronization

/// Turns texts into unit vectors whose dot product is their similarity.
package final class SentenceEmbedder: Sendable {
  /// Names configuration, tokenizer and weights: vectors of different identities must not be compared.
  package let identity: String
  /// Longest input in tokens, special tokens included; what is beyond is not read.
  package let maximumTokens: Int
  package let pooling: Pooling
  /// The length `D` of every vector.
  package var dimensions: Int { encoder.configuration.width }
  private let encoder: Bert
  private let packing = Mutex(Packing.untried)
  private let tokenizer: WordPieceTokenizer
  private let weightsPath: String
  /// Tokens computed at once: their activations stay near the cache, and memory stays bounded.
  private static let batchTokens = 512

  /// Opens a model folder; weights are mapped, not read.
  ///
  /// The second call of `embed`, or one of more than one batch, first copies the dense weights where that makes
  /// it faster: 42 MB for MiniLM-L6, at most 128 MB (see `PackedBert`).
  /// It needs config.json, model.safetensors (or shards) and tokenizer.json or vocab.txt, and follows
  /// modules.json, the pooling's config.json and sentence_bert_config.json where they are.
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    let settings = try EmbedderSettings(folder: folder)
    let place = settings.encoderFolder
    let (configuration, files) = try Bert.open(place)
    encoder = try Bert(configuration, files)
    do {
      tokenizer = try WordPieceTokenizer(folder: place, lowercases: settings.lowercases)
    } catch {
      throw .tokenizer(error)
    }
    guard tokenizer.size <= configuration.vocabulary else {
      throw .contradiction(
        path: place.path, what: "the tokenizer has more tokens than the model",
        wanted: "at most \(configuration.vocabulary)", got: "\(tokenizer.size)")
    }
    // Without one an empty text would have no first token to take.
    guard settings.pooling != .cls || !tokenizer.prefix.isEmpty else {
      throw .contradiction(
        path: place.path, what: "the pooling takes the first token but the tokenizer puts none",
        wanted: "a token such as [CLS] before the text", got: "none")
    }
    pooling = settings.pooling
    maximumTokens = min(settings.maximumTokens ?? configuration.positions, configuration.positions)
    weightsPath = files.path
    identity = Self.identity(place, files, "\(settings.pooling) \(maximumTokens)")
  }

  /// The tokens of `text` without special tokens, all of them, as ranges of its UTF-8 bytes.
  package func tokens(of text: String) -> [Token] {
    tokenizer.encode(text)
  }

  /// One unit vector `[D]` per text, in order.
  ///
  /// Texts are computed in ragged batches of similar length, so a text's vector does not depend on its
  /// neighbours beyond rounding. An empty text has the vector of its special tokens.
  /// - Throws: `ModelFault.notFinite` when the weights give NaN.
  package func embed(_ texts: [String]) throws(ModelFault) -> [[Float]] {
    ThreadPool.shared.wake()
    let frame = tokenizer.prefix.count + tokenizer.suffix.count
    let limit = max(0, maximumTokens - frame)
    let sequences = texts.map { tokenizer.framed(tokenizer.encode($0, limit: limit)) }
    var vectors = [[Float]](repeating: [], count: texts.count)
    let batches = Self.batches(sequences.map(\.count))
    let packed = packed(for: batches.count)
    for batch in batches {
      let unit = try embed(batch.map { sequences[$0] }, through: packed)
      let elements = unit.elements
      for (row, index) in batch.enumerated() {
        vectors[index] = Array(elements[row * dimensions..<(row + 1) * dimensions])
      }
    }
    return vectors
  }

  /// Whether the dense weights have a packed copy.
  private enum Packing {
    case untried
    case putOff
    case done(PackedBert?)
  }

  /// Nil in a first call of one batch: a single question is answered sooner than weights are copied.
  private func packed(for batches: Int) -> PackedBert? {
    packing.withLock { state in
      switch state {
      case .done(let packed): return packed
      case .untried where batches <= 1:
        state = .putOff
        return nil
      case .untried, .putOff:
        let packed = PackedBert(encoder)
        state = .done(packed)
        return packed
      }
    }
  }

  private func embed(
    _ sequences: [[Int32]], through packed: PackedBert?
  ) throws(ModelFault) -> Tensor {
    let batch = TokenBatch(sequences)
    let states =
      if let packed {
        try encoder.hidden(batch, through: packed)
      } else {
        try encoder.hidden(batch, in: Pass())
      }
    let unit = states.sentences(pooling).value
    guard unit.withElements({ $0.allSatisfy(\.isFinite) }) else {
      throw .notFinite(path: weightsPath)
    }
    return unit
  }

  /// Indices grouped by length, each group at most `batchTokens` tokens or one text.
  static func batches(_ lengths: [Int]) -> [[Int]] {
    var batches: [[Int]] = []
    var current: [Int] = []
    var tokens = 0
    for index in lengths.indices.sorted(by: { (lengths[$0], $0) < (lengths[$1], $1) }) {
      if !current.isEmpty, tokens + lengths[index] > batchTokens {
        batches.append(current)
        (current, tokens) = ([], 0)
      }
      current.append(index)
      tokens += lengths[index]
    }
    return current.isEmpty ? batches : batches + [current]
  }

  /// Hashes the small files, the headers of the weights, and 64 bytes at 64 places of each weight file.
  ///
  /// That is enough to tell trained models apart without reading 90 MB at every start.
  private static func identity(_ folder: URL, _ files: WeightFiles, _ settings: String) -> String {
    var print = Fingerprint()
    print.combine(settings)
    for name in ["config.json", "tokenizer.json", "vocab.txt", "tokenizer_config.json"] {
      let file = try? MappedFile(folder.appendingPathComponent(name))
      print.combine(file?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }
    for file in files.files {
      print.combine(file.headerBytes)
      let data = file.dataBytes
      print.combine("\(data.count)")
      for sample in 0..<64 {
        let start = data.count / 64 * sample
        print.combine(UnsafeRawBufferPointer(rebasing: data[start..<min(start + 64, data.count)]))
      }
    }
    return "bert-" + print.text
  }
}
