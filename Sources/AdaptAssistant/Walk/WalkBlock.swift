// What the walk says, as values: the terminal, a pipe and the tests each show them in their own way.
package import AdaptSystem

/// One piece of what the walk says.
package enum WalkBlock: Sendable, Equatable {
  case heading(String)
  case text(String)
  /// Less important than the rest: a hint or a reason.
  case note(String)
  /// A numbered choice of the question asked.
  case choice(number: Int, label: String, id: String, isDefault: Bool, note: String?)
  /// A term and what it means, in two columns.
  case entry(term: String, text: String)
  case bullet(String)
  /// A line of a report: `indent` levels of two columns, and how it stands out.
  case line(indent: Int, text: String, style: TextStyle?)
  case success(String)
  case warning(String)
  case fault(Diagnosis)
  /// Text that is laid out already: a report, a card, a passage.
  case verbatim(String)
  case blank
}

/// What the one who runs the walk must do next.
package enum WalkAction: Sendable, Equatable {
  case index([String])
  case search(String)
  case ask(String)
  case model(ModelChoice?)
  case clear
  case quit
}

/// The answer to one line: what to say, what to ask next, and what to do.
package struct WalkTurn: Sendable, Equatable {
  /// What the line brought about.
  package var blocks: [WalkBlock]
  /// The next question; a script does not show it.
  package var question: [WalkBlock]
  package var action: WalkAction?

  package init(
    _ blocks: [WalkBlock] = [], question: [WalkBlock] = [], action: WalkAction? = nil
  ) {
    self.blocks = blocks
    self.question = question
    self.action = action
  }

  /// The first fault among what is said, which ends a script.
  package var fault: Diagnosis? {
    for case .fault(let diagnosis) in blocks { return diagnosis }
    return nil
  }
}
