// Chats as templates write them, and what SentencePiece itself makes of texts.
import AdaptSystem
import AdaptTokenizers
import Foundation

/// Chats with the text of the folder's template and its numbers.
struct ChatLines {
  private struct Message: Decodable {
    let role: String
    let content: String
  }

  private struct Line: Decodable {
    let messages: [Message]
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let add_generation_prompt: Bool
    let text: String
    /// Of the text as it is: the template has written the special tokens.
    let ids: [Int32]
  }

  private let lines: [Line]

  init(_ folder: GoldenFolder, _ path: String) throws {
    lines = try TokenizerLines.read(folder, path)
  }

  func compare(_ tokenizer: Tokenizer, _ folder: URL, _ log: inout CaseLog) {
    log.expectEqual("chats") { equality in
      let template = try ChatTemplate(folder: folder)
      for (i, line) in lines.enumerated() {
        let messages = line.messages.map { ChatMessage($0.role, $0.content) }
        let chat = try template.rendered(
          messages, addGenerationPrompt: line.add_generation_prompt)
        equality.expect(
          Array(chat.text.utf8), elements: Array(line.text.utf8), of: "text of chat \(i)")
      }
    }
    log.expectEqual("numbers of chats") { equality in
      for (i, line) in lines.enumerated() {
        let ids = tokenizer.ids(line.text, addingSpecialTokens: false)
        equality.expect(ids, elements: line.ids, of: "numbers of chat \(i)")
      }
    }
  }
}

/// Texts with the numbers that SentencePiece gives them, without a frame.
struct SentencePieceLines {
  private struct Text: Decodable {
    let text: String
  }

  private struct Line: Decodable {
    let i: Int
    let ids: [Int32]
    /// Ranges of bytes of the text.
    let offsets: [[Int]]
  }

  private let lines: [(text: String, wanted: Line)]

  init(_ folder: GoldenFolder, _ path: String) throws {
    let texts: [Text] = try TokenizerLines.read(folder, "tokenizers/strings.jsonl")
    lines = try TokenizerLines.read(folder, path).map { (line: Line) in
      guard texts.indices.contains(line.i) else {
        throw GoldenFault.damaged(
          path: path, what: "a line of a text that is not there", wanted: "0 to \(texts.count - 1)",
          got: "\(line.i)")
      }
      return (texts[line.i].text, line)
    }
  }

  func compare(_ tokenizer: Tokenizer, _ log: inout CaseLog) {
    log.expectEqual("numbers") { equality in
      for (text, line) in lines {
        equality.expect(tokenizer.ids(text), elements: line.ids, of: "text \(line.i)")
      }
    }
    log.expectEqual("offsets") { equality in
      for (text, line) in lines {
        let encoding = tokenizer.encode(text)
        equality.expect(encoding.ids, elements: line.ids, of: "text \(line.i)")
        let offsets = TokenizerLines.pairs(encoding.offsets)
        equality.expect(offsets, elements: line.offsets, of: "text \(line.i)")
      }
    }
  }
}
