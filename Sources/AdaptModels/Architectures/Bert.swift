// BERT (Devlin et al., arXiv:1810.04805): token, type and position embeddings, then layers of attention and
// feed-forward, each with its residual normalised after the sum.
package import AdaptGradients
package import AdaptTensors
package import Foundation

/// A BERT encoder with its weights.
package struct Bert: AdaptableModel {
  package let configuration: BertConfiguration
  package private(set) var outline: ModelOutline
  let embeddings: BertEmbeddings
  let layers: [BertLayer]
  private var pooler: BertPooler?

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    let (configuration, files) = try Self.open(folder)
    try self.init(configuration, files)
  }

  /// Takes the weights by their Hugging Face names, with or without a prefix such as `bert.`.
  ///
  /// The heads of tasks are left aside and named in `outline.unused`.
  /// - Throws: `ModelFault.weights` naming the missing tensor, or both shapes where one contradicts the
  ///   configuration; `.contradiction` when the file has more layers; `.surplus` for tensors that have no place.
  package init(_ configuration: BertConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try Self.reader(files)
    try self.init(configuration, reader)
    if reader.contains("pooler.dense.weight") {
      pooler = try BertPooler(configuration, reader)
    }
    try complete(reader)
  }

  /// The body of a model whose other parts the caller takes from `reader`, before it calls `complete`.
  init(_ c: BertConfiguration, _ reader: ParameterReader) throws(ModelFault) {
    configuration = c
    embeddings = try BertEmbeddings(c, reader)
    var layers: [BertLayer] = []
    for number in 0..<c.layers { layers.append(try BertLayer(c, reader, number)) }
    self.layers = layers
    guard !reader.contains("encoder.layer.\(c.layers).output.dense.weight") else {
      throw .contradiction(
        path: reader.files.path, what: "the weights have more layers than the configuration",
        wanted: "\(c.layers)", got: "at least \(c.layers + 1)")
    }
    outline = ModelOutline(
      architecture: "bert", path: reader.files.path, width: c.width, layers: c.layers,
      headWidth: c.width / c.heads, rules: BertLayer.rules(c))
    outline.layerPaths = (0..<c.layers).map { "\(reader.prefix)encoder.layer.\($0)" }
  }

  /// What lies in a model folder.
  static func open(_ folder: URL) throws(ModelFault) -> (BertConfiguration, WeightFiles) {
    let configuration = try BertConfiguration(file: folder.appendingPathComponent("config.json"))
    do throws(SafetensorsFault) {
      return (configuration, try WeightFiles(folder: folder))
    } catch {
      throw .weights(error)
    }
  }

  static func reader(_ files: WeightFiles) throws(ModelFault) -> ParameterReader {
    try ParameterReader(
      files, anchor: "embeddings.word_embeddings.weight", usual: ["", "bert."])
  }

  /// Fills the outline from what was read.
  ///
  /// - Throws: `ModelFault.surplus` for tensors that neither this model nor another task's head takes.
  mutating func complete(_ reader: ParameterReader, head: Linear? = nil) throws(ModelFault) {
    outline.take(reader, head: head)
    let words = embeddings.words.table.name
    let prefix = words.dropLast("embeddings.word_embeddings.weight".count)
    let known = ["cls.", "classifier.", "qa_outputs.", prefix + "pooler."]
    outline.unused = try reader.unused { name in
      name == prefix + "embeddings.position_ids" || known.contains { name.hasPrefix($0) }
    }
  }

  package func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates {
    let start = try pass.start(batch, words: embeddings.words, limit: configuration.positions)
    var h = try embeddings(start, batch)
    observe(h)
    for layer in layers {
      h = layer(h, in: start.pass)
      observe(h)
    }
    return HiddenStates(values: h, segments: start.pass.segments, virtual: start.virtual)
  }

  /// The pooler's rows `[S, D]`; nil when the file has no pooler.
  ///
  /// - Precondition: no segment is empty.
  package func pooled(_ states: HiddenStates, in pass: Pass) -> Variable? {
    pooler?(states, in: pass)
  }
}

extension HiddenStates {
  /// The first row of each segment `[S, D]`.
  ///
  /// - Precondition: no segment is empty.
  package var firstRows: Variable {
    values.gatheringRows(segments.offsets.dropLast().map { Int32($0) })
  }
}
