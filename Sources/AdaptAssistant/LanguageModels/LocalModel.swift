// A language model in a folder on this machine: opened, asked, with or without its adapters.
package import AdaptModels
package import AdaptPEFT
import AdaptSystem
package import AdaptTokenizers
import Foundation

/// A model that answers without any network.
package struct LocalModel: LanguageModel {
  /// The folder's name, the adapter in use behind a plus sign.
  package var name: String {
    active.map { folder.lastPathComponent + " + " + adapters[$0].name } ?? folder.lastPathComponent
  }
  package let generator: TextGenerator
  package let tokenizer: Tokenizer
  package let summary: ModelSummary
  /// The adapters that were opened over the model, in their order.
  package let adapters: [NamedAdapter]
  /// Place of the adapter in use; nil is the model alone.
  package var active: Int?
  let folder: URL
  private let templateChoice: String?

  /// An adapter by the name of its folder.
  package struct NamedAdapter: Sendable {
    package let name: String
    package let attached: any AttachedAdapter
  }

  /// Opens the folder; weights are mapped, or rounded while they are read.
  ///
  /// - Throws: `ModelFault`, `TokenizerFault`, `PEFTFault` naming the file and what is wrong with it.
  package init(_ choice: ModelChoice) throws {
    folder = URL(fileURLWithPath: choice.folder).standardizedFileURL
    guard FileManager.default.fileExists(atPath: folder.path) else {
      throw FileFault.missing(path: choice.folder)
    }
    let configuration = try CausalModels.configuration(
      folder.appendingPathComponent("config.json"))
    let model = try configuration.model(
      ParameterReader.files(in: folder).resting(choice.quantisation))
    summary = configuration.summary
    tokenizer = try Tokenizer(folder: folder)
    try summary.check(highestToken: tokenizer.size - 1, path: choice.folder)
    let defaults = try GenerationDefaults(
      folder: folder, vocabulary: summary.vocabulary, special: summary.special)
    generator = TextGenerator(
      model, coder: tokenizer, defaults: defaults, context: summary.positions)
    adapters = try zip(Self.names(of: choice.adapters), choice.adapters).map { name, path in
      NamedAdapter(
        name: name,
        attached: try PEFTMethods.read(URL(fileURLWithPath: path), for: model.outline))
    }
    active = adapters.isEmpty ? nil : 0
    templateChoice = choice.chatTemplate
  }

  /// The folders' own names; the paths as they were given where two folders have the same.
  private static func names(of paths: [String]) -> [String] {
    let names = paths.map { URL(fileURLWithPath: $0).lastPathComponent }
    return Set(names).count == names.count ? names : paths
  }

  package var contextTokens: Int? { generator.context }

  /// The generator with the adapter in use.
  package var current: TextGenerator {
    var generator = generator
    generator.adapter = active.map { adapters[$0].attached.adapter }
    return generator
  }

  package func tokens(in text: String) -> Int? {
    tokenizer.ids(text, addingSpecialTokens: false).count
  }

  package func tokens(in messages: [ChatMessage]) throws -> Int? { try prompt(messages).count }

  package func generate(
    _ messages: [ChatMessage], options: GenerationOptions
  ) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          for try await piece in try pieces(messages, options: options) {
            continuation.yield(piece.text)
          }
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// The answer with its tokens, as they are made.
  private func pieces(
    _ messages: [ChatMessage], options: GenerationOptions
  ) throws -> AsyncThrowingStream<TextPiece, any Error> {
    var settings = try chatSettings()
    settings.maximumTokens = options.maximumTokens
    settings.sampling.temperature = options.temperature
    if let seed = options.seed { settings.sampling.seed = UInt64(bitPattern: Int64(seed)) }
    return current.pieces(
      tokens: try prompt(messages), settings: settings, stops: options.stop)
  }

  package func topLogProbabilities(
    _ messages: [ChatMessage], count: Int
  ) async throws -> [(token: String, logProbability: Double)]? {
    var settings = generator.settings
    settings.sampling = SamplingSettings()
    settings.maximumTokens = 1
    settings.alternatives = count
    let pieces = current.pieces(tokens: try prompt(messages), settings: settings)
    for try await piece in pieces {
      return piece.token.alternatives.map {
        (tokenizer.decode([$0.token], skippingSpecialTokens: false), Double($0.logProbability))
      }
    }
    return nil
  }
}

extension LocalModel {
  /// The chat template that was chosen, or the folder's own.
  ///
  /// - Throws: `TemplateFault.noTemplate` where there is none: no other is put in its place.
  package func chatTemplate() throws(TemplateFault) -> ChatTemplate {
    guard let templateChoice else { return try ChatTemplate(folder: folder) }
    return try ChatTemplate(choice: templateChoice, folder: folder)
  }

  /// The tokens of a chat up to where the model is to go on, with one token for the beginning at most.
  package func prompt(_ messages: [ChatMessage]) throws(TemplateFault) -> [Int32] {
    let text = try Self.rendered(messages, try chatTemplate())
    var ids = tokenizer.ids(text, addingSpecialTokens: false)[...]
    if let begin = tokenizer.special.bos?.id {
      while ids.count > 1, ids[ids.startIndex] == begin, ids[ids.startIndex + 1] == begin {
        ids.removeFirst()
      }
    }
    return Array(ids)
  }

  /// The settings of the folder, with the token that ends a turn among those that end a text.
  ///
  /// Many folders name only the end of documents there, and such a chat would not stop.
  package func chatSettings() throws(TemplateFault) -> GenerationSettings {
    var settings = generator.settings
    if let end = tokenizer.special.eos?.id { settings.stopTokens.insert(end) }
    if let end = try turnEnd(try chatTemplate()) { settings.stopTokens.insert(end) }
    return settings
  }

  /// The special token that the template puts behind what the assistant says.
  private func turnEnd(_ template: ChatTemplate) throws(TemplateFault) -> Int32? {
    let words = "qzx"
    let text = try template.rendered(
      [.init("user", "?"), .init("assistant", words)], addGenerationPrompt: false
    ).text
    guard let place = text.range(of: words, options: .backwards) else { return nil }
    let behind = tokenizer.ids(String(text[place.upperBound...]), addingSpecialTokens: false)
    return behind.first { tokenizer.isSpecial($0) }
  }

  /// The text of a chat; a system message goes in front of the first question where the template takes none.
  private static func rendered(
    _ messages: [ChatMessage], _ template: ChatTemplate
  ) throws(TemplateFault) -> String {
    func text(_ messages: [ChatMessage]) throws(TemplateFault) -> String {
      try template.rendered(
        messages.map { .init($0.role.rawValue, $0.content) }, addGenerationPrompt: true
      ).text
    }
    do throws(TemplateFault) {
      return try text(messages)
    } catch {
      guard case .refused = error, messages.count > 1, messages[0].role == .system,
        messages[1].role == .user
      else { throw error }
      let joined = ChatMessage(.user, messages[0].content + "\n\n" + messages[1].content)
      return try text([joined] + messages.dropFirst(2))
    }
  }
}
