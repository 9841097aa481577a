// What `adapt generate` keeps of a text for its JSON.
import AdaptModels
import AdaptTokenizers

/// One text with its tokens as they were made.
struct GeneratedText {
  /// A token as JSON tells it.
  struct Token: Encodable {
    let id: Int32
    let text: String
    let logprob: Float?
    let top: [Alternative]
  }

  struct Alternative: Encodable {
    let id: Int32
    let text: String
    let logprob: Float
  }

  let prompt: String
  let promptTokens: Int
  private(set) var text = ""
  private(set) var tokens: [Token] = []
  private(set) var finish = TextFinish.cancelled

  init(text: String, tokens: Int) {
    prompt = text
    promptTokens = tokens
  }

  mutating func add(_ piece: TextPiece, _ tokenizer: Tokenizer) {
    func word(_ id: Int32) -> String { tokenizer.text(of: id) }
    text += piece.text
    tokens.append(
      Token(
        id: piece.token.token, text: word(piece.token.token),
        logprob: piece.token.logProbability,
        top: piece.token.alternatives.map {
          Alternative(id: $0.token, text: word($0.token), logprob: $0.logProbability)
        }))
    if let finish = piece.finish { self.finish = finish }
  }

  /// What was held back when the text was ended from outside.
  mutating func end(_ rest: String) { text += rest }
}

/// `adapt.generate/1`.
struct GeneratedBody: Encodable {
  let schema = "adapt.generate/1"
  let model: String
  let prompt: String
  let promptTokens: Int
  let text: String
  let finish: String
  let tokens: [GeneratedText.Token]
  let prefillTokensPerSecond: Double
  let decodeTokensPerSecond: Double

  /// The speeds are those of all texts that were made together.
  init(model: String, _ text: GeneratedText, _ counts: GenerationCounts) {
    self.model = model
    prompt = text.prompt
    promptTokens = text.promptTokens
    self.text = text.text
    finish = text.finish.name
    tokens = text.tokens
    prefillTokensPerSecond = counts.prefillRate
    decodeTokensPerSecond = counts.decodeRate
  }

  enum CodingKeys: String, CodingKey {
    case schema, model, prompt
    case promptTokens = "prompt_tokens"
    case text, finish, tokens
    case prefillTokensPerSecond = "prefill_tokens_per_second"
    case decodeTokensPerSecond = "decode_tokens_per_second"
  }
}

extension Tokenizer {
  /// What a token adds to a text, its leading space included.
  ///
  /// Decoders drop that space at the beginning of a text, so the token is looked at behind itself.
  fileprivate func text(of id: Int32) -> String {
    let first = decode([id], skippingSpecialTokens: false)
    let both = decode([id, id], skippingSpecialTokens: false)
    return both.hasPrefix(first) ? String(both.dropFirst(first.count)) : first
  }
}
