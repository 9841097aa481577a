// The gate of UniPELT (Mao et al., arXiv:2110.07577): how much of a method a sequence takes.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// `mean over the tokens of σ(G x + c)`, a number a sequence and output.
///
/// The mean counts every token of the run: AdapterHub's library counts padding too, and in generation over a cache
/// the new token alone.
struct Gate: Sendable {
  let weight: Trainable
  let bias: Trainable

  /// `G [outputs, D]` normal of deviation 0.02, `c [outputs]` as a dense layer's or zero.
  static func slots(
    _ name: String, _ width: Int, outputs: Int = 1, _ draws: inout SlotDraws
  ) -> [TensorSlot] {
    let bias = TensorSlot(key: name + ".bias", shape: [outputs]) { Tensor([0], []) }
    return [
      TensorSlot(
        key: name + ".weight", shape: [outputs, width],
        initial: draws.normal([outputs, width], deviation: 0.02)),
      bias.zero,
    ]
  }

  /// `[S, outputs]` of rows `x [N, D]`.
  func callAsFunction(_ x: Variable, in pass: Pass) -> Variable {
    (x.multiplied(Variable(weight), transposed: true) + Variable(bias)).activated(.sigmoid)
      .means(over: pass.segments)
  }
}

extension Variable {
  /// A row for each row of `segments`, from a row for each segment.
  func spread(over segments: Segments) -> Variable {
    gatheringRows(
      (0..<segments.count).flatMap { [Int32](repeating: Int32($0), count: segments[$0].count) })
  }
}
