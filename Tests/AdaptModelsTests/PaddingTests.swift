// Padding that is computed beside the tokens: it changes none of them, also where later tokens are masked.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Testing

struct PaddingTests {
  static let sequences: [[Int32]] = [[3, 9, 4, 17, 8], [5, 11]]

  private func padded(_ filler: Int32) -> TokenBatch {
    TokenBatch(
      tokens: Self.sequences[0] + Self.sequences[1] + [filler, filler, filler],
      segments: Segments(lengths: [5, 5]),
      isSeen: [true, true, true, true, true, true, true, false, false, false])
  }

  private func rows(_ model: Llama, _ batch: TokenBatch) throws -> [[Float]] {
    let states = try model.hidden(batch, in: Pass())
    let values = model.logits(states, in: Pass()).value
    let (elements, V) = (values.elements, values.columns)
    return (0..<values.rows).map { Array(elements[$0 * V..<($0 + 1) * V]) }
  }

  @Test func paddingBehindACausalSequenceChangesNoToken() throws {
    let model = try TinyLlama().model()
    let alone = try rows(model, TokenBatch(Self.sequences))
    for filler: Int32 in [0, 22] {
      let ours = try rows(model, padded(filler))
      // The same sums in other products.
      for (a, b) in zip(ours.prefix(7), alone) { #expect(largestDifference(a, b) < 1e-5) }
      #expect(ours[7].allSatisfy { $0.isFinite })
    }
    let (one, other) = (try rows(model, padded(0)), try rows(model, padded(22)))
    #expect(one[8] != other[8])
  }

  /// A padding token attends to every token before it and to no padding: it is what that token would be behind them.
  @Test func paddingSeesTheTokensAlone() throws {
    let model = try TinyLlama().model()
    var batch = padded(7)
    batch.positions = [0, 1, 2, 3, 4, 0, 1, 2, 2, 2]
    let ours = try rows(model, batch)
    let pairs = [(7, 8), (8, 9)]
    for (a, b) in pairs { #expect(largestDifference(ours[a], ours[b]) < 1e-5) }
  }
}
