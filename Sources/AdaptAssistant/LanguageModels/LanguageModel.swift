// What the product needs of a language model, whichever way it is reached.

/// One turn of a conversation.
package struct ChatMessage: Sendable, Equatable, Codable {
  package enum Role: String, Sendable, Codable {
    case system, user, assistant
  }

  package var role: Role
  package var content: String

  package init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }
}

/// How a text is generated.
package struct GenerationOptions: Sendable, Equatable {
  /// Longest answer, in the model's tokens.
  package var maximumTokens: Int
  /// 0 takes the likeliest token each time.
  package var temperature: Double
  package var seed: Int?
  /// Texts that end the answer.
  package var stop: [String]

  package init(
    maximumTokens: Int = 512, temperature: Double = 0, seed: Int? = nil, stop: [String] = []
  ) {
    self.maximumTokens = maximumTokens
    self.temperature = temperature
    self.seed = seed
    self.stop = stop
  }
}

/// A model that answers messages, on this machine or behind an endpoint.
package protocol LanguageModel: Sendable {
  /// The name that reports show.
  var name: String { get }
  /// Tokens that a prompt and its answer may have together; nil where that is not known.
  var contextTokens: Int? { get }
  /// How many tokens the model reads `text` as; nil where only an estimate could be given.
  func tokens(in text: String) async throws -> Int?
  /// How many tokens the model reads `messages` as, the frame of its chat template included; nil where only an
  /// estimate could be given.
  func tokens(in messages: [ChatMessage]) async throws -> Int?
  /// The answer, piece by piece as it is made. Cancelling the consuming task ends the generation.
  func generate(
    _ messages: [ChatMessage], options: GenerationOptions
  ) -> AsyncThrowingStream<String, any Error>
  /// The `count` likeliest next tokens after `messages` with their natural log-probabilities, best
  /// first; nil where the model does not tell.
  func topLogProbabilities(
    _ messages: [ChatMessage], count: Int
  ) async throws -> [(token: String, logProbability: Double)]?
}

extension LanguageModel {
  package var contextTokens: Int? { nil }

  package func tokens(in text: String) async throws -> Int? { nil }

  package func tokens(in messages: [ChatMessage]) async throws -> Int? { nil }

  package func topLogProbabilities(
    _ messages: [ChatMessage], count: Int
  ) async throws -> [(token: String, logProbability: Double)]? { nil }
}
