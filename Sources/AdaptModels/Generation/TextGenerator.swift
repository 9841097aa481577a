// A model with its tokenizer and what its makers advise: text in, text out.
import Foundation
import Synchronization

/// Everything that generation of text takes, ready to be asked any number of times.
package struct TextGenerator: Sendable {
  package let model: any CausalLanguageModel
  package let coder: any TextCoder
  package let defaults: GenerationDefaults
  /// Positions that the model was trained for; nil has no end.
  package let context: Int?
  /// Comes with every call; replace it to compare with and without.
  package var adapter: Adapter?

  package init(
    _ model: any CausalLanguageModel, coder: any TextCoder, defaults: GenerationDefaults,
    context: Int?, adapter: Adapter? = nil
  ) {
    self.model = model
    self.coder = coder
    self.defaults = defaults
    self.context = context
    self.adapter = adapter
  }

  /// The settings that the folder advises.
  package var settings: GenerationSettings {
    var settings = GenerationSettings(
      sampling: defaults.sampling, maximumTokens: defaults.maximumTokens ?? 256,
      stopTokens: defaults.stopTokens, context: context)
    settings.suppressed = defaults.suppressed
    return settings
  }

  /// Starts to continue texts, or tokens that a chat template made.
  ///
  /// - Throws: as `TokenGeneration`.
  package func generate(
    _ prompts: [String], settings: GenerationSettings? = nil, stops: [String] = []
  ) throws(GenerationFault) -> TextGeneration {
    try generate(
      tokens: prompts.map { coder.ids($0, addingSpecialTokens: true) }, settings: settings,
      stops: stops)
  }

  package func generate(
    tokens: [[Int32]], settings: GenerationSettings? = nil, stops: [String] = []
  ) throws(GenerationFault) -> TextGeneration {
    try TextGeneration(self, prompts: tokens, settings: settings ?? self.settings, stops: stops)
  }

  /// The pieces of one text as they are made, on a thread of their own: no two generations compute at once.
  ///
  /// Ending the task that reads them ends the generation at the next token.
  package func pieces(
    tokens: [Int32], settings: GenerationSettings? = nil, stops: [String] = []
  ) -> AsyncThrowingStream<TextPiece, any Error> {
    AsyncThrowingStream { continuation in
      let isWanted = Wanted()
      continuation.onTermination = { _ in isWanted.end() }
      Self.queue.async {
        do {
          let generation = try generate(tokens: [tokens], settings: settings, stops: stops)
          while isWanted.value, let pieces = try generation.next() {
            for piece in pieces { continuation.yield(piece) }
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }

  private static let queue = DispatchQueue(label: "adapt.generation", qos: .userInitiated)

  /// Whether somebody still reads.
  private final class Wanted: Sendable {
    private let state = Atomic(true)

    var value: Bool { state.load(ordering: .relaxed) }

    func end() { state.store(false, ordering: .relaxed) }
  }
}
