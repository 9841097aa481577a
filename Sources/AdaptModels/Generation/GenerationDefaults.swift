// generation_config.json: what a model's makers advise for generation, and what ends its texts.
package import Foundation

/// How a model wants to be asked, as its folder says it.
package struct GenerationDefaults: Sendable, Equatable {
  /// Greedy where the file does not ask for sampling.
  package var sampling = SamplingSettings()
  package var stopTokens: Set<Int32>
  /// Tokens of a text; nil where the file does not say.
  package var maximumTokens: Int?
  package var suppressed: Set<Int32> = []
  /// Keys of the file that would change texts and that nothing here does, for a note to the user.
  package var ignored: [String] = []

  /// Reads `generation_config.json` where the folder has one; `special` is what config.json says.
  ///
  /// `do_sample` decides: without it temperature and filters are read and have no effect, as in transformers.
  /// - Throws: `ModelFault` naming the key, what was wanted and what it got.
  package init(folder: URL, vocabulary: Int, special: SpecialNumbers) throws(ModelFault) {
    stopTokens = Set(special.ends.map { Int32(clamping: $0) })
    let url = folder.appendingPathComponent("generation_config.json")
    guard let file = try ConfigurationFile.optional(url) else { return }
    let tokens = 0...max(0, vocabulary - 1)
    if let ends = try file.integers("eos_token_id", in: tokens) {
      stopTokens.formUnion(ends.map { Int32(clamping: $0) })
    }
    let suppressed = try file.integers("suppress_tokens", in: tokens) ?? []
    self.suppressed = Set(suppressed.map { Int32(clamping: $0) })
    maximumTokens = try file.optionalInteger("max_new_tokens", in: 1...Int(Int32.max))
    sampling = try Self.sampling(file)
    ignored = Self.ignored(file)
  }

  private static func sampling(_ file: ConfigurationFile) throws(ModelFault) -> SamplingSettings {
    var sampling = SamplingSettings()
    let isSampled = try file.flag("do_sample", fallback: false)
    let temperature = try file.number("temperature", in: 0...1e6) ?? 1
    let topK = try file.optionalInteger("top_k", in: 0...Int(Int32.max)) ?? 50
    sampling.topP = try file.number("top_p", above: 0, upTo: 1)
    sampling.minP = try file.number("min_p", in: 0...1)
    sampling.typicalP = try file.number("typical_p", above: 0, upTo: 1)
    sampling.epsilonCutoff = try file.number("epsilon_cutoff", in: 0...1)
    sampling.etaCutoff = try file.number("eta_cutoff", in: 0...1)
    sampling.repetitionPenalty =
      try file.number("repetition_penalty", above: 0, upTo: 1e6) ?? 1
    let size = try file.optionalInteger("no_repeat_ngram_size", in: 0...Int(Int32.max)) ?? 0
    sampling.noRepeatNGram = size > 0 ? size : nil
    sampling.topK = topK > 0 ? topK : nil
    sampling.temperature = isSampled ? temperature : 0
    // Cutoffs of 1 would leave nothing; transformers leaves them out.
    if let cutoff = sampling.epsilonCutoff, cutoff >= 1 { sampling.epsilonCutoff = nil }
    if let cutoff = sampling.etaCutoff, cutoff >= 1 { sampling.etaCutoff = nil }
    return sampling
  }

  /// Keys with values that are not those of doing nothing.
  private static func ignored(_ file: ConfigurationFile) -> [String] {
    let neutral: [String: Double] = [
      "num_beams": 1, "num_beam_groups": 1, "guidance_scale": 1, "min_new_tokens": 0,
      "min_length": 0, "encoder_repetition_penalty": 1, "diversity_penalty": 0,
    ]
    let absent = [
      "penalty_alpha", "sequence_bias", "bad_words_ids", "forced_bos_token_id",
      "forced_eos_token_id", "begin_suppress_tokens", "exponential_decay_length_penalty",
      "watermarking_config", "stop_strings", "top_h",
    ]
    let numbers = neutral.filter { key, value in
      file.has(key) && (try? file.number(key, in: value...value)) == nil
    }
    return (numbers.keys + absent.filter { file.has($0) }).sorted()
  }
}
