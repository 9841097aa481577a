// How tokens are chosen and when a text ends.

/// How the next token is drawn from the logits; the defaults take the likeliest.
///
/// Names and meanings are those of transformers' generation configuration.
package struct SamplingSettings: Sendable, Equatable {
  /// Logits are divided by it; 0 takes the likeliest token, without random numbers.
  package var temperature: Double
  /// Tokens below the k-th largest logit are never drawn; nil keeps all.
  package var topK: Int?
  /// The fewest likeliest tokens whose probabilities reach this sum are drawn.
  package var topP: Double?
  /// Tokens below this share of the largest probability are never drawn.
  package var minP: Double?
  /// Locally typical sampling (Meister et al., arXiv:2202.00666): the mass of tokens nearest to the entropy.
  package var typicalP: Double?
  /// Tokens below this probability are never drawn.
  package var epsilonCutoff: Double?
  /// The same with a bound that falls with the entropy (Hewitt et al., arXiv:2210.15191).
  package var etaCutoff: Double?
  /// Logits of tokens already in the text are divided by it, negative ones multiplied; 1 changes nothing.
  package var repetitionPenalty: Double
  /// No run of this many tokens occurs twice in the text; nil allows all.
  package var noRepeatNGram: Int?
  package var seed: UInt64

  package init(
    temperature: Double = 0, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
    repetitionPenalty: Double = 1, seed: UInt64 = 0
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.seed = seed
  }
}

/// What happens to a prompt that leaves no room in the context.
package enum ContextOverflow: String, Sendable, CaseIterable {
  /// It is a fault.
  case refuse
  /// Its oldest tokens are dropped.
  case slide
}

/// Everything about a generation but the model and the prompts.
package struct GenerationSettings: Sendable, Equatable {
  package var sampling: SamplingSettings
  /// Most tokens made of one prompt.
  package var maximumTokens: Int
  /// Any of them ends a text; it is given as the last token.
  package var stopTokens: Set<Int32>
  /// Tokens from this number on are rows of padding in the model's vocabulary and never chosen; nil has none.
  package var vocabulary: Int?
  /// Tokens that are never chosen.
  package var suppressed: Set<Int32>
  /// Likeliest tokens told beside each chosen one, with logarithms of their probabilities; nil tells none, 0 only
  /// that of the chosen one.
  package var alternatives: Int?
  /// Positions that the model was trained for; nil has no end.
  package var context: Int?
  package var overflow: ContextOverflow
  /// Prompt tokens of one run: what bounds the memory of activations.
  package var prefillTokens: Int

  package init(
    sampling: SamplingSettings = SamplingSettings(), maximumTokens: Int = 256,
    stopTokens: Set<Int32> = [], context: Int? = nil
  ) {
    self.sampling = sampling
    self.maximumTokens = maximumTokens
    self.stopTokens = stopTokens
    self.context = context
    vocabulary = nil
    suppressed = []
    alternatives = nil
    overflow = .refuse
    prefillTokens = 512
  }
}

extension GenerationSettings {
  /// - Throws: `GenerationFault.setting` for the first value that means nothing.
  func check() throws(GenerationFault) {
    let s = sampling
    try Self.check("temperature", s.temperature, s.temperature >= 0, "0 or more")
    try Self.check("top_p", s.topP, { $0 > 0 && $0 <= 1 }, "above 0, at most 1")
    try Self.check("min_p", s.minP, { $0 >= 0 && $0 <= 1 }, "0 to 1")
    try Self.check("typical_p", s.typicalP, { $0 > 0 && $0 <= 1 }, "above 0, at most 1")
    try Self.check("epsilon_cutoff", s.epsilonCutoff, { $0 >= 0 && $0 < 1 }, "0 to less than 1")
    try Self.check("eta_cutoff", s.etaCutoff, { $0 >= 0 && $0 < 1 }, "0 to less than 1")
    try Self.check(
      "repetition_penalty", s.repetitionPenalty, s.repetitionPenalty > 0, "above 0")
    let counts: [(String, Int?)] = [
      ("top_k", s.topK), ("no_repeat_ngram_size", s.noRepeatNGram),
      ("maximum tokens", maximumTokens), ("context", context), ("vocabulary", vocabulary),
      ("tokens of a prefill", prefillTokens),
    ]
    for (name, count) in counts {
      try Self.check(name, count.map(Double.init), { $0 >= 1 }, "1 or more")
    }
    try Self.check("alternatives", alternatives.map(Double.init), { $0 >= 0 }, "0 or more")
  }

  private static func check(
    _ name: String, _ value: Double?, _ isRight: (Double) -> Bool, _ wanted: String
  ) throws(GenerationFault) {
    guard let value else { return }
    try check(name, value, isRight(value), wanted)
  }

  private static func check(
    _ name: String, _ value: Double, _ isRight: Bool, _ wanted: String
  ) throws(GenerationFault) {
    guard value.isFinite, isRight else {
      throw .setting(name: name, wanted: wanted, got: "\(value)")
    }
  }
}
