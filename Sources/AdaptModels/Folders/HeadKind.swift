// What a model folder was trained to give, as `architectures` names it.

/// The part after the body of a model.
package enum HeadKind: Sendable, Equatable {
  /// The hidden states themselves.
  case bare
  case causalLanguageModel
  case maskedLanguageModel
  case sequenceClassification
  case tokenClassification
  case questionAnswering
  /// A class name of the library that is none of these.
  case other(String)

  /// The kind that a class name such as `LlamaForCausalLM` of `family` (`Llama`) stands for.
  init(named name: String, family: String) {
    let kinds: [String: HeadKind] = [
      "Model": .bare, "ForCausalLM": .causalLanguageModel, "LMHeadModel": .causalLanguageModel,
      "ForMaskedLM": .maskedLanguageModel,
      "ForSequenceClassification": .sequenceClassification,
      "ForTokenClassification": .tokenClassification, "ForQuestionAnswering": .questionAnswering,
    ]
    let suffix = name.hasPrefix(family) ? String(name.dropFirst(family.count)) : ""
    self = kinds[suffix] ?? .other(name)
  }
}

extension ConfigurationFile {
  /// The head that `architectures` names; nil where it names none.
  ///
  /// - Throws: `ModelFault.contradiction` when it names several kinds.
  func head(family: String) throws(ModelFault) -> HeadKind? {
    let kinds = try texts("architectures")?.map { HeadKind(named: $0, family: family) } ?? []
    guard kinds.allSatisfy({ $0 == kinds[0] }) else {
      throw wrong("architectures", "names several kinds of models", wanted: "one")
    }
    return kinds.first
  }
}
