// A chat with one model as a value: lines go in, what to say and to do comes out. It knows no terminal.
package import AdaptGuidance
import AdaptSystem

/// The messages so far, and the commands that a line may hold.
package struct ChatSession: Sendable {
  /// What a line wants done.
  package enum Action: Sendable, Equatable {
    /// The model answers the messages.
    case answer
    /// Answers with or without an adapter from now on.
    case adapter(Switch)
    case save(String)
    case countTokens
    case quit
  }

  /// Which adapter is to be in use.
  package enum Switch: Sendable, Equatable {
    case on
    case off
    case named(String)
  }

  package private(set) var messages: [ChatMessage] = []
  private let phrases: Phrases

  package init(phrases: Phrases, system: String? = nil) {
    self.phrases = phrases
    if let system { messages = [ChatMessage(.system, system)] }
  }

  /// The commands, as the help lists them.
  package static let commands = [
    "/reset", "/system", "/adapter", "/tokens", "/save", "/help", "/quit",
  ]

  /// Takes one line: a command, or what the user says next.
  package mutating func take(_ line: String) -> (blocks: [WalkBlock], action: Action?) {
    let text = line.trimmedSpaces
    guard !text.isEmpty else { return ([], nil) }
    guard text.hasPrefix("/") else {
      messages.append(ChatMessage(.user, text))
      return ([], .answer)
    }
    let name = String(text.prefix { !$0.isWhitespace })
    return run(name, String(text.dropFirst(name.count)).trimmedSpaces)
  }

  private mutating func run(
    _ name: String, _ rest: String
  ) -> (blocks: [WalkBlock], action: Action?) {
    switch name {
    case "/reset":
      messages.removeAll { $0.role != .system }
      return ([.success(phrases("chat.reset"))], nil)
    case "/system": return (setSystem(rest), nil)
    case "/adapter": return adapter(rest)
    case "/tokens": return ([], .countTokens)
    case "/save":
      guard !rest.isEmpty else { return ([missing("/save FILE")], nil) }
      return ([], .save(ShellWords.split(rest)[0]))
    case "/help": return (help, nil)
    case "/quit", "/exit", "/q": return ([], .quit)
    default:
      let hint = NearestName.hint(for: name, among: Self.commands)
      return ([.fault(Diagnosis(phrases("chat.unknown", ["name": name]), hint: hint))], nil)
    }
  }

  private mutating func setSystem(_ text: String) -> [WalkBlock] {
    messages.removeAll { $0.role == .system }
    guard !text.isEmpty else { return [.success(phrases("chat.system.none"))] }
    messages.insert(ChatMessage(.system, text), at: 0)
    return [.success(phrases("chat.system.set"))]
  }

  private func adapter(_ word: String) -> (blocks: [WalkBlock], action: Action?) {
    switch word {
    case "": ([missing("/adapter on|off|NAME")], nil)
    case "on": ([], .adapter(.on))
    case "off": ([], .adapter(.off))
    default: ([], .adapter(.named(word)))
    }
  }

  private func missing(_ usage: String) -> WalkBlock {
    .fault(Diagnosis(phrases("chat.missing"), hint: "`\(usage)`"))
  }

  private var help: [WalkBlock] {
    Self.commands.map { name in
      .entry(
        term: phrases("chat.usage.\(name.dropFirst())"),
        text: phrases("chat.help.\(name.dropFirst())"))
    }
  }

  /// The model said this; blank answers are kept out of the chat, and so is the question before.
  package mutating func answered(_ text: String) {
    if text.trimmedSpaces.isEmpty {
      forgetQuestion()
    } else {
      messages.append(ChatMessage(.assistant, text))
    }
  }

  /// Takes back a question that got no answer.
  package mutating func forgetQuestion() {
    if messages.last?.role == .user { messages.removeLast() }
  }
}
