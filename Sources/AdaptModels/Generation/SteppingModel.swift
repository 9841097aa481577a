// A model with a shorter way through one token of decoding than its operations one by one.
import AdaptGradients

/// A model that can take one token of each sequence through all layers as one task.
package protocol SteppingModel: CausalLanguageModel {
  /// The last hidden states of one token of each sequence of the cache, which takes them in; nil, and nothing has
  /// changed, where only the operations of the model do: adapters, runs of several tokens, many sequences.
  ///
  /// Nothing is recorded; the result has the bits of `hidden`.
  /// - Throws: as `hidden`.
  func stepped(_ batch: TokenBatch, in pass: Pass) throws(ModelFault) -> HiddenStates?
}
