// Keeps what a model has said while it is still speaking, and sets it for the terminal.
import AdaptAssistant
import Synchronization

/// Text that grows on one thread and is read on another.
final class SpokenText: Sendable {
  private struct State {
    var text = ""
    var layout: StreamedText
  }

  private let state: Mutex<State>

  /// Lines are broken where standard output is a terminal.
  init(_ streams: StandardStreams) {
    let width = streams.isTerminal(.output) ? min(streams.width(.output), 100) : nil
    state = Mutex(State(layout: StreamedText(width: width)))
  }

  /// Everything that was said.
  var text: String { state.withLock { $0.text } }

  /// Whether nothing was said that could be shown.
  var isBlank: Bool { text.allSatisfy(\.isWhitespace) }

  /// Takes a piece and gives what is to be printed now.
  func add(_ piece: String) -> String {
    state.withLock {
      $0.text += piece
      return $0.layout.add(Painter.sanitised(piece))
    }
  }

  /// What is to be printed at the end, with a line feed; nothing where nothing was said.
  func end() -> String {
    if isBlank { return "" }
    return state.withLock { $0.layout.finish() } + "\n"
  }
}
