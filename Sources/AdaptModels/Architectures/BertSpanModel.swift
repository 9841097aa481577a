// BERT with two numbers a token: where an answer starts and where it ends.
package import AdaptGradients
package import AdaptTensors

/// A BERT that finds a span of its own text.
package struct BertSpanModel: BertTask {
  /// From hidden states to two logits, start and end.
  package let head: Linear
  package let body: Bert

  /// Takes the weights by their Hugging Face names; the head is `qa_outputs` beside the body, a pooler is unused.
  ///
  /// - Throws: as `Bert`.
  package init(_ c: BertConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try Bert.reader(files)
    var body = try Bert(c, reader)
    reader.leaveBody()
    head = try reader.linear("qa_outputs", in: c.width, out: 2, hasBias: true)
    try body.complete(reader, head: head)
    self.body = body
  }

  /// The logits of every row `[N, 2]`: start in column 0, end in column 1.
  package func logits(_ states: HiddenStates, in pass: Pass) -> Variable {
    head(states.values, in: pass)
  }

  /// Half the sum of the mean `-ln p(start)` and the mean `-ln p(end)`, each over all rows of a segment, shape `[]`.
  ///
  /// `starts`, `ends` `[S]` count tokens from the segment's first. As in transformers a negative place is the
  /// first token, and one behind the segment is ignored (an answer outside of the window). `count` replaces the
  /// number of places in both means, where this batch is a part of a window of accumulation.
  /// - Throws: as `hidden`; `ModelFault.notFinite` for NaN.
  package func loss(
    _ batch: TokenBatch, starts: [Int32], ends: [Int32], count: Int? = nil, in pass: Pass
  ) throws(ModelFault) -> Variable {
    precondition(starts.count == batch.segments.count && ends.count == starts.count)
    let states = try hidden(batch, in: pass)
    let rows = SpanRows(states)
    let targets = [rows.targets(starts), rows.targets(ends)]
    let losses = rows.spread(logits(states, in: pass))
      .crossEntropies(targets[0] + targets[1], ignoring: ignoredLabel)
    // The mean of each of the two, of which one may have fewer places inside.
    let shares = targets.flatMap { part in
      let kept = count ?? part.count { $0 != ignoredLabel }
      return [Float](repeating: 0.5 / Float(max(1, kept)), count: part.count)
    }
    return try (losses * Variable(Tensor([shares.count], shares))).sum.finite(outline.path)
  }
}

/// The rows of segments of any lengths, side by side as a cross-entropy wants them.
private struct SpanRows {
  let segments: Segments
  let virtual: Int
  /// The longest segment's rows.
  let width: Int

  init(_ states: HiddenStates) {
    segments = states.segments
    virtual = states.virtual
    width = (0..<states.segments.count).map { states.segments[$0].count }.max() ?? 0
  }

  /// Places as columns of `spread`.
  func targets(_ places: [Int32]) -> [Int32] {
    places.enumerated().map { segment, place in
      let column = Int(max(0, place)) + virtual
      return column < segments[segment].count ? Int32(column) : ignoredLabel
    }
  }

  /// `logits [N, 2]` as `[2 · S, width]`, all starts above all ends; what no segment has is far below everything.
  func spread(_ logits: Variable) -> Variable {
    let none = Int32(2 * segments.total)
    let places = (0..<2).flatMap { side in
      (0..<segments.count).flatMap { segment in
        let rows = segments[segment]
        return rows.map { Int32(2 * $0 + side) }
          + [Int32](repeating: none, count: width - rows.count)
      }
    }
    let column = logits.reshaped([2 * segments.total, 1])
    return stackingRows([column, Variable(Tensor([1, 1], [-1e30]))]).gatheringRows(places)
      .reshaped([2 * segments.count, width])
  }
}
