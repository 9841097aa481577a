// What every architecture offers to methods, tasks and tools.
package import AdaptGradients
import AdaptTensors

/// A frozen model with sites.
///
/// It is a value that nothing changes: adapters come with the pass.
package protocol AdaptableModel: Sendable {
  var outline: ModelOutline { get }

  /// The last hidden states; `observe` sees the stream behind the embeddings and behind every layer, the last
  /// one as it is returned.
  ///
  /// - Throws: `ModelFault.tokenOutOfRange`, `.tooLong`.
  func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates
}

extension AdaptableModel {
  package func hidden(_ batch: TokenBatch, in pass: Pass) throws(ModelFault) -> HiddenStates {
    try hidden(batch, in: pass) { _ in }
  }
}

/// A model that predicts the next token.
package protocol CausalLanguageModel: AdaptableModel {
  /// From hidden states to the vocabulary.
  var head: Linear { get }
  /// Logits are `cap · tanh(x / cap)` of what the head gives; nil where they are that.
  var logitCap: Float? { get }
}

/// Labels of tokens that no loss is taken of, as in PyTorch.
package let ignoredLabel: Int32 = -100

extension CausalLanguageModel {
  package var logitCap: Float? { nil }

  /// The logits of chosen rows of `states` `[count, V]`; of all rows when nil.
  package func logits(
    _ states: HiddenStates, rows: [Int32]? = nil, in pass: Pass
  ) -> Variable {
    let logits = head(rows.map { states.values.gatheringRows($0) } ?? states.values, in: pass)
    guard let logitCap else { return logits }
    return logits.scaled(by: 1 / logitCap).activated(.tanh).scaled(by: logitCap)
  }

  /// The mean of `-ln p(next token)` over the tokens whose label is not `ignoredLabel`, shape `[]`.
  ///
  /// `labels [N]` stand at their own tokens and are moved by one here, inside each segment. `count` replaces the
  /// number of labels in the mean, where this batch is a part of a window of accumulation.
  /// - Throws: as `hidden`; `ModelFault.tokenOutOfRange` for a label.
  package func loss(
    _ batch: TokenBatch, labels: [Int32], count: Int? = nil, in pass: Pass
  ) throws(ModelFault) -> Variable {
    precondition(labels.count == batch.tokens.count, "a label for each token")
    let vocabulary = Int32(clamping: head.outputs)
    if let wrong = labels.first(where: { $0 != ignoredLabel && !(0..<vocabulary).contains($0) }) {
      throw .tokenOutOfRange(id: Int(wrong), vocabulary: head.outputs)
    }
    let states = try hidden(batch, in: pass)
    let targets = nextTargets(states, labels)
    let kept = count ?? targets.reduce(0) { $0 + ($1 == ignoredLabel ? 0 : 1) }
    let weights = [Float](repeating: 1 / Float(max(1, kept)), count: targets.count)
    guard let output = outputHead(in: pass) else {
      let losses = logits(states, in: pass).crossEntropies(targets, ignoring: ignoredLabel)
      return losses.sum.scaled(by: weights.first ?? 0)
    }
    return states.values.headCrossEntropy(
      output, targets: targets, weights: weights, ignoring: ignoredLabel)
  }

  /// `ln p` of each token given those before it `[N]`; 0 for the first of a segment without a prompt.
  package func tokenLogProbabilities(
    _ batch: TokenBatch, in pass: Pass
  ) throws(ModelFault) -> Variable {
    let states = try hidden(batch, in: pass)
    let targets = nextTargets(states, batch.tokens)
    let next: Variable
    if let output = outputHead(in: pass) {
      next = states.values.headLogProbabilities(output, targets: targets, ignoring: ignoredLabel)
    } else {
      next = logits(states, in: pass).crossEntropies(targets, ignoring: ignoredLabel)
        .scaled(by: -1)
    }
    // The row before a token holds its probability; the extra row of zero serves where there is none.
    let none = Int32(next.value.count)
    let places = (0..<states.segments.count).flatMap { segment -> [Int32] in
      let rows = states.segments[segment]
      return rows.dropFirst(states.virtual).map {
        $0 == rows.lowerBound ? none : Int32($0 - 1)
      }
    }
    let column = next.reshaped([next.value.count, 1])
    return stackingRows([column, Variable(Tensor([1, 1], [0]))]).gatheringRows(places)
      .reshaped([places.count])
  }

  /// The head as one operation with its loss; nil where its logits are capped, or an adapter
  /// there must be called.
  private func outputHead(in pass: Pass) -> OutputHead? {
    guard logitCap == nil else { return nil }
    let base = head.base(in: pass)
    var output = OutputHead(weight: base.weight, bias: base.bias)
    guard let adapter = pass.adapter?.linears[head.site.number] else { return output }
    guard let update = adapter.lowRankUpdate(at: base, in: pass) else { return nil }
    output.update = update
    return output
  }

  /// What each row of `states` is to predict: the label of the row behind it in its segment.
  private func nextTargets(_ states: HiddenStates, _ labels: [Int32]) -> [Int32] {
    let own = states.spread(labels, filler: ignoredLabel)
    var next = Array(own.dropFirst()) + own.suffix(1)
    for segment in 0..<states.segments.count where !states.segments[segment].isEmpty {
      next[states.segments[segment].upperBound - 1] = ignoredLabel
    }
    return next
  }
}
