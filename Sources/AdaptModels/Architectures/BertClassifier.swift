// BERT with a classifier of whole sequences on its pooler.
package import AdaptGradients
package import AdaptTensors
package import Foundation

/// A BERT that gives each sequence one of C classes.
package struct BertClassifier: AdaptableModel {
  package let head: Linear
  private let body: Bert

  package var configuration: BertConfiguration { body.configuration }
  package var outline: ModelOutline { body.outline }
  /// How many classes there are, C.
  package var classes: Int { head.outputs }

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    let (configuration, files) = try Bert.open(folder)
    try self.init(configuration, files)
  }

  /// Takes the weights by their Hugging Face names; the head is `classifier` beside the body.
  ///
  /// - Throws: as `Bert`.
  package init(_ c: BertConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try Bert.reader(files)
    var body = try Bert(c, reader, pooler: true)
    head = try reader.linear(
      "classifier", in: c.width, out: Self.classes(files), hasBias: true)
    try body.complete(reader, head: head)
    self.body = body
  }

  /// The rows of the classifier's matrix.
  private static func classes(_ files: WeightFiles) throws(ModelFault) -> Int {
    do throws(SafetensorsFault) {
      let name = "classifier.weight"
      return try files.file(holding: name).info(name).shape.first ?? 0
    } catch {
      throw .weights(error)
    }
  }

  package func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates {
    try body.hidden(batch, in: pass, observe: observe)
  }

  /// The logits of each segment `[S, C]`.
  ///
  /// - Precondition: no segment is empty.
  package func logits(_ states: HiddenStates, in pass: Pass) -> Variable {
    guard let pooled = body.pooled(states, in: pass) else {
      preconditionFailure("a classifier without a pooler was made")
    }
    return head(pooled, in: pass)
  }

  /// The mean of `-ln p(label)` over the segments whose label is not `ignoredLabel`, shape `[]`.
  ///
  /// `labels [S]`. `count` replaces the number of labels in the mean, where this batch is a part of a window of
  /// accumulation.
  /// - Throws: as `hidden`; `ModelFault.tokenOutOfRange` for a label, `.notFinite` for NaN.
  package func loss(
    _ batch: TokenBatch, labels: [Int32], count: Int? = nil, in pass: Pass
  ) throws(ModelFault) -> Variable {
    precondition(labels.count == batch.segments.count, "a label for each segment")
    let valid = 0..<Int32(clamping: classes)
    if let wrong = labels.first(where: { $0 != ignoredLabel && !valid.contains($0) }) {
      throw .tokenOutOfRange(id: Int(wrong), vocabulary: classes)
    }
    let losses = logits(try hidden(batch, in: pass), in: pass)
      .crossEntropies(labels, ignoring: ignoredLabel)
    let kept = count ?? labels.count { $0 != ignoredLabel }
    return try losses.sum.scaled(by: 1 / Float(max(1, kept))).finite(outline.path)
  }
}

extension Variable {
  /// Itself, a loss.
  ///
  /// - Throws: `ModelFault.notFinite` where it is NaN or infinite.
  func finite(_ path: String) throws(ModelFault) -> Variable {
    guard value.withElements({ $0.allSatisfy(\.isFinite) }) else {
      throw .notFinite(path: path)
    }
    return self
  }
}
