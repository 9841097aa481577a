// A chat as a file: Markdown to read, or a line of JSON to train on.
package import AdaptSystem
import Foundation

/// The messages of a chat and who spoke.
package struct ChatTranscript: Sendable {
  private let messages: [ChatMessage]
  private let model: String

  package init(messages: [ChatMessage], model: String) {
    self.messages = messages
    self.model = model
  }

  /// Writes Markdown, or for names that end in `.jsonl` or `.json` one object with `messages`.
  ///
  /// - Throws: `FileFault.unwritable`.
  package func write(to path: String) throws(FileFault) {
    let isJSON = [".jsonl", ".json"].contains { path.lowercased().hasSuffix($0) }
    try AtomicFile.write(Data((isJSON ? json : markdown).utf8), to: path)
  }

  private struct Body: Encodable {
    let messages: [ChatMessage]
  }

  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(Body(messages: messages))) ?? Data()
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  package var markdown: String {
    "# \(model)\n"
      + messages.map { "\n## \($0.role.rawValue)\n\n\($0.content)\n" }.joined()
  }
}
