// What a configuration says of a model before its weights are opened.
package import AdaptTensors

/// The sizes of a language model, whatever its family.
package struct ModelSummary: Sendable, Equatable {
  /// `model_type` of its configuration.
  package var family: String
  package var vocabulary: Int
  /// Width of the stream.
  package var width: Int
  package var layers: Int
  package var heads: Int
  package var keyValueHeads: Int
  /// Components of one head.
  package var headWidth: Int
  package var feedForward: Int
  /// The longest sequence; nil has no end.
  package var positions: Int?
  /// The smallest window of a layer; nil where all see everything.
  package var window: Int?
  /// Whether the output head is the embedding table.
  package var isTied: Bool
  /// The type that the configuration says the weights have; nil where it does not.
  package var elementType: ElementType?
  package var special: SpecialNumbers
  /// Numbers of the body, and of the output head where it has its own.
  package var parameters: Int

  /// Keys and values of one token in all layers, in numbers.
  package var cacheWidth: Int { 2 * layers * keyValueHeads * headWidth }

  /// Looks whether every token of a tokenizer has a row in the embeddings; `path` names the folder.
  ///
  /// - Throws: `ModelFault.contradiction`.
  package func check(highestToken: Int, path: String) throws(ModelFault) {
    try Self.check(highestToken: highestToken, vocabulary: vocabulary, path: path)
  }

  /// The same for a model of which only the rows of its embeddings are known.
  package static func check(
    highestToken: Int, vocabulary: Int, path: String
  ) throws(ModelFault) {
    guard highestToken >= vocabulary else { return }
    throw .contradiction(
      path: path, what: "the tokenizer has tokens that the model has no embedding of",
      wanted: "tokens below `vocab_size` \(vocabulary)", got: "token \(highestToken)")
  }
}

/// A configuration that makes a language model.
package protocol CausalConfiguration: Sendable, Equatable {
  var summary: ModelSummary { get }

  /// The model with `files`; weights stay mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming what is missing, surplus or of another shape.
  func model(_ files: WeightFiles) throws(ModelFault) -> any CausalLanguageModel
}

extension CausalConfiguration {
  /// Whether `other` is of the same kind and says the same.
  package func equals(_ other: any CausalConfiguration) -> Bool { self == other as? Self }
}
