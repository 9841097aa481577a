// Where `adapt generate` gets its texts from: the argument, a file with one a line, or standard input.
import AdaptAssistant
import AdaptSystem
import Foundation

/// The texts that a command is to continue.
struct PromptTexts {
  let texts: [String]

  /// More than any context holds; a longer input is a mistake.
  private static let limit = 16 << 20

  /// - Throws: `FileFault`; `InputFault` for what is no text or empty.
  init(argument: String?, file: String?, globals: GlobalOptions) throws {
    if let argument {
      texts = [argument]
    } else if let file {
      let bytes = try BoundedFile.read(file, limit: Self.limit)
      texts = Self.lines(try Self.text(bytes, file))
      if texts.isEmpty { throw InputFault.empty(place: file) }
    } else {
      if StandardStreams.inputIsTerminal { throw InputFault.none }
      texts = [try Self.text(try Self.standardInput(), "standard input")]
    }
  }

  /// The lines with something in them; only a line feed ends a line, with or without a carriage return.
  private static func lines(_ text: String) -> [String] {
    text.unicodeScalars.split(separator: "\n").map { line in
      String(Substring(line.last == "\r" ? line.dropLast() : line))
    }.filter { !$0.allSatisfy(\.isWhitespace) }
  }

  private static func standardInput() throws -> Data {
    let place = "standard input"
    let data: Data
    do {
      data = try FileHandle.standardInput.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw FileFault.unreadable(path: place, reason: error.localizedDescription)
    }
    guard data.count <= limit else {
      throw FileFault.tooLarge(path: place, bytes: data.count, limit: limit)
    }
    return data
  }

  private static func text(_ data: Data, _ place: String) throws -> String {
    guard let text = String(validating: data, as: UTF8.self) else {
      throw InputFault.notText(place: place)
    }
    guard !text.isEmpty else { throw InputFault.empty(place: place) }
    return text
  }
}

/// Input that no model can continue.
enum InputFault: DiagnosableError {
  case none
  case empty(place: String)
  case notText(place: String)
  /// The number of the prompt in its file, nil for a single text.
  case tooLong(prompt: Int?, tokens: Int, context: Int)

  var diagnosis: Diagnosis {
    switch self {
    case .none:
      Diagnosis(
        "no text to continue", wanted: "a text as the argument or on standard input",
        hint: "`adapt generate \"Once upon a time\" --model DIR`")
    case .empty(let place): Diagnosis("the text is empty", place: place)
    case .tooLong(let prompt, let tokens, let context):
      Diagnosis(
        "\(prompt.map { "prompt \($0)" } ?? "the text") does not fit the model's context",
        wanted: "fewer than \(context) tokens", got: "\(tokens)",
        hint: "shorten it, or drop its oldest tokens with `--slide`")
    case .notText(let place):
      Diagnosis(
        "the text is not UTF-8", place: place, hint: "`iconv -t UTF-8` converts it")
    }
  }
}
