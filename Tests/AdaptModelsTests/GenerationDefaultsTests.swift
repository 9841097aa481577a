// What generation_config.json says, and what it may not say.
import AdaptModels
import AdaptTestSupport
import Foundation
import Testing

struct GenerationDefaultsTests {
  private static func defaults(_ text: String?) throws -> GenerationDefaults {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    if let text {
      try Data(text.utf8).write(to: url.appendingPathComponent("generation_config.json"))
    }
    return try GenerationDefaults(
      folder: url, vocabulary: 100, special: SpecialNumbers(begin: 1, ends: [2]))
  }

  @Test func withoutAFileTheConfigurationDecides() throws {
    let defaults = try Self.defaults(nil)
    #expect(defaults.stopTokens == [2] && defaults.sampling == SamplingSettings())
    #expect(defaults.ignored.isEmpty)
  }

  @Test func readsNumbersAndLists() throws {
    let defaults = try Self.defaults(
      """
      {"do_sample": true, "temperature": 0.6, "top_p": 0.95, "top_k": 0, "min_p": 0.05,
       "repetition_penalty": 1.05, "eos_token_id": [7, 9], "max_new_tokens": 33,
       "suppress_tokens": [4], "num_beams": 1, "no_repeat_ngram_size": 3,
       "transformers_version": "5"}
      """)
    var sampling = SamplingSettings(
      temperature: 0.6, topK: nil, topP: 0.95, minP: 0.05, repetitionPenalty: 1.05)
    sampling.noRepeatNGram = 3
    #expect(defaults.sampling == sampling)
    #expect(defaults.stopTokens == [2, 7, 9] && defaults.suppressed == [4])
    #expect(defaults.maximumTokens == 33 && defaults.ignored.isEmpty)
    #expect(try Self.defaults(#"{"do_sample": true}"#).sampling.topK == 50)
    #expect(
      try Self.defaults(#"{"temperature": 0.3, "eos_token_id": 5}"#).sampling.temperature == 0)
    #expect(
      try Self.defaults(#"{"num_beams": 4, "bad_words_ids": [[1]], "guidance_scale": 1.0}"#).ignored
        == ["bad_words_ids", "num_beams"])
  }

  @Test(arguments: [
    "[1]", "{", "", #"{"eos_token_id": 100}"#, #"{"eos_token_id": [1, "2"]}"#,
    #"{"eos_token_id": -1}"#, #"{"temperature": "hot"}"#, #"{"temperature": -1}"#,
    #"{"top_p": 0}"#, #"{"top_p": 1e400}"#, #"{"top_k": 1.5}"#, #"{"do_sample": 1}"#,
    #"{"max_new_tokens": 0}"#, #"{"repetition_penalty": 0}"#,
    #"{"suppress_tokens": [99999999999999999999]}"#, "\u{0}\u{1}",
  ])
  func damagedFilesThrow(_ text: String) {
    #expect(throws: ModelFault.self) { try Self.defaults(text) }
  }
}
