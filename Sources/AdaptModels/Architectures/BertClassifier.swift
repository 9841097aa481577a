// BERT with a classifier of whole sequences on its pooler.
package import AdaptGradients
package import AdaptTensors

/// A BERT that gives each sequence one of C classes.
package struct BertClassifier: BertTask {
  package let head: Linear
  package let body: Bert
  private let pooler: BertPooler

  /// The name of each class, C of them.
  package var labels: [String] { configuration.classifier.labels }

  /// Takes the weights by their Hugging Face names; the head is `classifier` beside the body.
  ///
  /// - Throws: as `Bert`; `.unsupported` where the classes are no alternatives.
  package init(_ c: BertConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try Bert.reader(files)
    var body = try Bert(c, reader)
    pooler = try BertPooler(c, reader)
    reader.leaveBody()
    let labels = c.classifier.labels.count
    guard labels > 1, [nil, .singleLabel].contains(c.classifier.problem) else {
      throw .unsupported(
        path: files.path, setting: "problem_type",
        got: (c.classifier.problem ?? .regression).rawValue,
        known: [ProblemType.singleLabel.rawValue])
    }
    head = try reader.linear("classifier", in: c.width, out: labels, hasBias: true)
    try body.complete(reader, head: head)
    self.body = body
  }

  /// The logits of each segment `[S, C]`.
  ///
  /// - Precondition: no segment is empty.
  package func logits(_ states: HiddenStates, in pass: Pass) -> Variable {
    head(pooler(states, in: pass), in: pass)
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
    let classes = head.outputs
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
