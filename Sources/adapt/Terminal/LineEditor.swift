// GNU readline as an event source: a line, Ctrl-C, or the end. Readline echoes to the terminal
// itself, so that standard output carries results only.
import AdaptAssistant
import CReadline
import Foundation

/// What came of asking for a line.
enum LineEvent: Equatable {
  case line(String)
  case interrupted
  case end
}

/// What may stand at the cursor: words of ours, or file names as readline finds them.
typealias Completer = @Sendable (_ line: String, _ word: String) -> WalkCompletion

/// Line editing with history and completion; one per process, on the main thread.
@MainActor
final class LineEditor {
  private static let historyLimit: Int32 = 2000
  private let historyPath: String?
  private var lastLine: String?

  /// Takes over the terminal on standard input.
  init(historyPath: String?, completer: @escaping Completer) {
    self.historyPath = historyPath
    Self.chooseCharacterSet()
    EditorState.completer = completer
    Interrupts.catchTerminalEvents()
    let terminal = fopen("/dev/tty", "we") ?? fdopen(2, "w")
    adapt_readline_prepare(fdopen(0, "r"), terminal) { text, start, _ in
      EditorState.matches(text, start: start)
    }
    using_history()
    stifle_history(Self.historyLimit)
    if let historyPath { read_history(historyPath) }
  }

  /// Chinese input needs a UTF-8 locale; where the environment names none, the C library's own is taken.
  ///
  /// By the environment, because readline reads it again.
  private static func chooseCharacterSet() {
    setlocale(LC_CTYPE, "")
    let set = nl_langinfo(Int32(CODESET)).map { String(cString: $0) } ?? ""
    guard set.uppercased() != "UTF-8" else { return }
    let overrides = getenv("LC_ALL").map { $0.pointee != 0 } ?? false
    setenv(overrides ? "LC_ALL" : "LC_CTYPE", "C.UTF-8", 1)
    setlocale(LC_CTYPE, "")
  }

  /// Waits for a line; `prompt` may hold colours (escape sequences are marked as having no width).
  func read(prompt: String) -> LineEvent {
    EditorState.event = nil
    _ = Interrupts.drain()
    rl_callback_handler_install(Self.markInvisible(prompt)) { line in
      EditorState.finish(line)
    }
    while EditorState.event == nil {
      waitForInput()
    }
    return EditorState.event ?? .end
  }

  /// One round of the loop: a key, or a signal.
  private func waitForInput() {
    var descriptors = [
      pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
      pollfd(fd: Interrupts.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    let ready = poll(&descriptors, 2, -1)
    let events = Interrupts.drain()
    if events.contains(.terminated) {
      adapt_readline_abandon("\n")
      EditorState.event = .end
    } else if events.contains(.interrupt) {
      adapt_readline_abandon("^C\n")
      EditorState.event = .interrupted
    } else {
      if events.contains(.resized) { rl_resize_terminal() }
      if events.contains(.resumed) {
        rl_deprep_terminal()
        rl_prep_terminal(1)
        rl_forced_update_display()
      }
      if ready > 0, descriptors[0].revents != 0 { rl_callback_read_char() }
    }
  }

  /// Keeps a line for the arrow keys and for the next session; line breaks become spaces.
  func remember(_ line: String) {
    let flat = line.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard !flat.isEmpty, flat != lastLine else { return }
    lastLine = flat
    add_history(flat)
    guard let historyPath else { return }
    if append_history(1, historyPath) != 0 { write_history(historyPath) }
    history_truncate_file(historyPath, Self.historyLimit)
  }

  /// Wraps escape sequences in the marks by which readline counts columns.
  static func markInvisible(_ prompt: String) -> String {
    var marked = ""
    var isEscape = false
    for character in prompt {
      if character == "\u{1B}" {
        marked += "\u{01}\u{1B}"
        isEscape = true
      } else {
        marked.append(character)
        if isEscape, character == "m" {
          marked += "\u{02}"
          isEscape = false
        }
      }
    }
    return marked
  }
}

/// What readline's callbacks share, as they carry no context; all on the main thread.
private enum EditorState {
  nonisolated(unsafe) static var event: LineEvent?
  nonisolated(unsafe) static var completer: Completer?
  nonisolated(unsafe) static var candidates: [String] = []

  static func finish(_ line: UnsafeMutablePointer<CChar>?) {
    rl_callback_handler_remove()
    guard let line else {
      event = .end
      return
    }
    event = .line(String(cString: line))
    free(line)
  }

  static func matches(
    _ text: UnsafePointer<CChar>?, start: Int32
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    guard let text, let buffer = adapt_readline_buffer() else { return nil }
    let before = String(
      decoding: UnsafeRawBufferPointer(start: buffer, count: Int(max(start, 0))), as: UTF8.self)
    let completion = completer?(before, String(cString: text)) ?? .none
    switch completion {
    case .paths:
      adapt_readline_completion(0, 32)
      return nil
    case .words(let words, let suffix):
      adapt_readline_completion(1, suffix.map { Int32($0.asciiValue ?? 32) } ?? 0)
      candidates = words
      return rl_completion_matches(text) { _, state in
        EditorState.candidate(Int(state))
      }
    case .none:
      adapt_readline_completion(1, 32)
      return nil
    }
  }

  private static func candidate(_ state: Int) -> UnsafeMutablePointer<CChar>? {
    candidates.indices.contains(state) ? strdup(candidates[state]) : nil
  }
}
