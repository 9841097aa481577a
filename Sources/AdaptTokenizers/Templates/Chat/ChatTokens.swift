// A chat as tokens, with those a model shall learn to say.

/// Tokens of a chat and which of them are targets of training.
package struct ChatTokens: Sendable, Equatable {
  /// Which turns of the assistant are targets.
  package enum Turns: Sendable {
    case all
    case last
  }

  /// How the targets were found.
  package enum Source: String, Sendable {
    /// What a turn adds behind its generation prompt, both asserted to be the start of the whole.
    case prefix
    /// The places of the assistant's words in the text.
    case offsets
    /// The `generation` blocks of the template.
    case generation
  }

  /// How the tokenizer starts a text.
  package struct Start: Sendable {
    /// The token for the beginning of a text, if there is one.
    package var token: Int32?
    /// Whether the tokenizer puts it before every text.
    package var isWanted: Bool

    package init(token: Int32?, isWanted: Bool) {
      self.token = token
      self.isWanted = isWanted
    }
  }

  package var ids: [Int32]
  /// Whether each token is a target, the token that ends a turn included.
  package var isTarget: [Bool]
  package var source: Source
  /// What the caller should tell the user, a sentence each.
  package var notes: [String]

  package var targetCount: Int { isTarget.count { $0 } }
}

extension ChatTokens {
  /// Tokens and targets of `messages`.
  ///
  /// `encode` tokenises a text **without** adding special tokens, and reads those that stand in it.
  /// - Throws: `TemplateFault` of the template, or that a turn cannot be told apart or has no end; what `encode`
  ///   throws.
  package init(
    _ messages: [ChatMessage], template: ChatTemplate, turns: Turns = .all, start: Start,
    context: ChatContext = ChatContext(), encode: @escaping (String) throws -> [Token]
  ) throws {
    let marker = ChatTargets(
      messages: messages, template: template, context: context, encode: encode)
    let full = try marker.rendered(messages.count, prompts: false)
    let tokens = try encode(full.text)
    let found = try marker.targets(full, tokens, turns)
    ids = tokens.map(\.id)
    isTarget = found.isTarget
    source = found.source
    notes = found.notes
    settle(start)
  }

  /// One token for the beginning at most.
  private mutating func settle(_ start: Start) {
    guard let token = start.token else { return }
    var doubled = 0
    while ids.count > 1, ids[0] == token, ids[1] == token {
      ids.removeFirst()
      isTarget.removeFirst()
      doubled += 1
    }
    if doubled > 0 {
      notes.append("the chat began with \(doubled + 1) tokens for the beginning; one was kept")
    }
    if start.isWanted, ids.first != token {
      notes.append(
        "the tokenizer begins texts with token \(token), the chat template does not: none was added"
      )
    }
  }
}

/// What a rendering needs besides the messages.
package struct ChatContext: Sendable {
  package var tools: [TemplateValue]?
  package var extra: [String: TemplateValue]
  package var date: TemplateDate

  package init(
    tools: [TemplateValue]? = nil, extra: [String: TemplateValue] = [:],
    date: TemplateDate = .now()
  ) {
    self.tools = tools
    self.extra = extra
    self.date = date
  }
}
