// `adapt chat`: a conversation with a model on this machine.
import AdaptAssistant
import AdaptGuidance
import AdaptModels
import ArgumentParser

struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talks with a model on this machine; an adapter is switched in the same chat.",
    usage: "adapt chat --model <dir> [<options>]",
    discussion: """
      Lines go to the model, lines that begin with / are commands: /reset, /system TEXT, \
      /adapter on|off|NAME, /tokens, /save FILE, /help, /quit. Ctrl-C stops an answer, Ctrl-D \
      leaves. Lines on standard input that is no terminal are taken one after the other.

      EXAMPLES:
        adapt chat --model models/Qwen2.5-0.5B-Instruct
        adapt chat --model models/base --chat-template chatml --adapter runs/7/adapter
        printf 'Hello!\\n/save hello.md\\n' | adapt chat --model models/Qwen3-0.6B
      """)

  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir"))
  var model: String

  @OptionGroup var weights: LocalModelOptions

  @Option(help: ArgumentHelp("What the model is told first.", valueName: "text"))
  var system: String?

  @OptionGroup var sampling: SamplingOptions

  @OptionGroup var globals: GlobalOptions

  @MainActor
  func run() async throws {
    let session = try Session(globals)
    let phrases = try session.knowledge().dialogue(session.language)
    let opened = try LocalModel(weights.opening(model))
    var settings = try opened.chatSettings()
    sampling.apply(to: &settings)
    var conversation = Conversation(
      session: session, phrases: phrases, model: opened, settings: settings,
      stops: sampling.stop, system: system)
    if StandardStreams.inputIsTerminal {
      try await conversation.runOnTerminal()
    } else {
      try await conversation.runScript()
    }
  }
}
