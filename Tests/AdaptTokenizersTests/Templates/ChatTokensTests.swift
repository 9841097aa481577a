// Which tokens of a chat are targets, by each of the three ways, and one token for the beginning.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

@Suite struct ChatTokensTests {
  private let messages = [
    ChatMessage("user", "Hi"), ChatMessage("assistant", "Yes, é!"), ChatMessage("user", "Bye"),
    ChatMessage("assistant", "See you."),
  ]

  /// Marks such as `<s>` are one token, all else a token a byte.
  private func encode(_ text: String) -> [Token] {
    let marks = ["<s>", "</s>", "<|u|>", "<|a|>", "<|end|>"]
    let bytes = Array(text.utf8)
    var (tokens, i): ([Token], Int) = ([], 0)
    while i < bytes.count {
      let mark = marks.firstIndex { bytes[i...].starts(with: $0.utf8) }
      let length = mark.map { marks[$0].utf8.count } ?? 1
      let id = Int32(mark ?? 100 + Int(bytes[i]))
      tokens.append(Token(id: id, bytes: i..<(i + length), isUnknown: false))
      i += length
    }
    return tokens
  }

  private func chat(
    _ template: String, turns: ChatTokens.Turns = .all,
    start: ChatTokens.Start = .init(token: 0, isWanted: true), _ messages: [ChatMessage]? = nil
  ) throws -> (ChatTokens, targets: String) {
    let template = try ChatTemplate(
      text: template, name: "t", specialTokens: ["bos_token": "<s>", "eos_token": "</s>"])
    let messages = messages ?? self.messages
    let chat = try ChatTokens(
      messages, template: template, turns: turns, start: start, encode: encode)
    // The targets as text: other tokens are a dot between runs.
    let marks = ["<s>", "</s>", "<|u|>", "<|a|>", "<|end|>"]
    var text: [UInt8] = []
    for (id, isTarget) in zip(chat.ids, chat.isTarget) {
      if !isTarget {
        if text.last != UInt8(ascii: "_") { text.append(UInt8(ascii: "_")) }
      } else if id >= 100 {
        text.append(UInt8(id - 100))
      } else {
        text += marks[Int(id)].utf8
      }
    }
    return (chat, String(decoding: text, as: UTF8.self))
  }

  private static let plain = """
    {{- bos_token -}}
    {%- for m in messages -%}
    {{ '<|' + m.role[0] + '|>\\n' + m.content + '<|end|>\\n' }}
    {%- endfor -%}
    {%- if add_generation_prompt -%}{{ '<|a|>\\n' }}{%- endif -%}
    """

  @Test func turnsAreFoundByEverLongerBeginnings() throws {
    let (all, targets) = try chat(Self.plain)
    #expect(all.source == .prefix)
    #expect(targets == "_Yes, é!<|end|>_See you.<|end|>_")
    #expect(all.notes.isEmpty)
    #expect(all.ids.count == all.isTarget.count && all.targetCount == 18)
    let (last, lastTargets) = try chat(Self.plain, turns: .last)
    #expect(lastTargets == "_See you.<|end|>_")
    #expect(last.ids == all.ids)
  }

  /// As Gemma 4: the prompt for an answer holds what the answer's turn does not.
  @Test func aPromptThatIsNoBeginningFallsBackToPlaces() throws {
    let template = Self.plain.replacingSuffix("'<|a|>\\n'", "'<|a|>\\nthink'")
    let (chat, targets) = try chat(template)
    #expect(chat.source == .offsets)
    #expect(targets == "_Yes, é!<|end|>_See you.<|end|>_")
    #expect(
      chat.notes == [
        "targets were found by the places of the words, as the generation prompt is not how the turn begins"
      ])
  }

  /// As Qwen3 and DeepSeek R1: thoughts go from the turns that others follow.
  @Test func turnsThatChangeLaterFallBackToPlaces() throws {
    let template = """
      {{- bos_token -}}
      {%- for m in messages -%}
      {%- set words = m.content if loop.last else m.content.split('</t>')[-1] -%}
      {{ '<|' + m.role[0] + '|>' + words + '<|end|>\\n' }}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{ '<|a|>' }}{%- endif -%}
      """
    let thinking = [
      ChatMessage("user", "Hi"), ChatMessage("assistant", "<t>x</t>A"), ChatMessage("user", "Bye"),
      ChatMessage("assistant", "<t>y</t>B"),
    ]
    let (chat, targets) = try chat(template, thinking)
    #expect(chat.source == .offsets)
    #expect(targets == "_A<|end|>_<t>y</t>B<|end|>_")
    #expect(chat.notes[0].contains("a turn reads otherwise when others follow it"))
  }

  @Test func marksOfTheTemplateComeFirst() throws {
    let template = """
      {{- bos_token -}}
      {%- for m in messages -%}
      {%- if m.role == 'assistant' -%}<|a|>{%- generation -%}{{ m.content + '<|end|>' }}{%- endgeneration -%}
      {%- else -%}{{ '<|u|>' + m.content + '<|end|>' }}{%- endif -%}
      {%- endfor -%}
      """
    #expect(try chat(template).0.source == .generation)
    #expect(try chat(template).targets == "_Yes, é!<|end|>_See you.<|end|>")
    #expect(try chat(template, turns: .last).targets == "_See you.<|end|>")
    // Where the place of a mark is not known, the marks are not used.
    let inMacro =
      "{%- macro say(m) -%}{%- generation -%}{{ m.content + '<|end|>' }}{%- endgeneration -%}"
      + "{%- endmacro -%}{%- for m in messages -%}{{ '<|' + m.role[0] + '|>' + say(m) }}{%- endfor -%}"
      + "{%- if add_generation_prompt -%}{{ '<|a|>' }}{%- endif -%}"
    let (chat, targets) = try chat(inMacro)
    #expect(chat.source == .prefix)
    #expect(targets == "_Yes, é!<|end|>_See you.<|end|>")
  }

  @Test func builtInTemplatesEndTheirTargetsWithTheEndOfTheTurn() throws {
    for name in BuiltInTemplates.names {
      let (found, _) = try chat(BuiltInTemplates.text(name) ?? "")
      #expect(found.source == .generation, "\(name)")
      let text = String(
        decoding: zip(found.ids, found.isTarget).filter { $0.1 && $0.0 >= 100 }.map {
          UInt8($0.0 - 100)
        }, as: UTF8.self)
      #expect(text.contains("Yes, é!") && text.contains("See you."), "\(name)")
      #expect(!text.contains("Hi") && !text.contains("Bye"), "\(name)")
    }
  }

  @Test func aTemplateThatDoesNotEndTurnsIsRefused() throws {
    let prefix =
      "{%- for m in messages -%}{{ '<|' + m.role[0] + '|>' + m.content }}{%- endfor -%}"
      + "{%- if add_generation_prompt -%}{{ '<|a|>' }}{%- endif -%}"
    for template in [prefix, prefix.replacingSuffix("'<|a|>'", "'<|a|>think'")] {
      let fault = #expect(throws: TemplateFault.self) { try chat(template) }
      #expect(
        fault?.diagnosis.text.hasPrefix(
          "the chat template puts nothing behind the assistant's words")
          == true)
    }
    let fault = #expect(throws: TemplateFault.self) {
      try chat(Self.plain, [ChatMessage("user", "Hi")])
    }
    #expect(fault?.diagnosis.what.hasPrefix("the chat has no turn of the assistant") == true)
  }

  // MARK: The beginning

  @Test func oneTokenForTheBeginningIsKept() throws {
    let (once, targets) = try chat(Self.plain)
    let (twice, same) = try chat("{{ bos_token }}" + Self.plain)
    #expect(twice.ids == once.ids && twice.isTarget == once.isTarget && same == targets)
    #expect(twice.notes == ["the chat began with 2 tokens for the beginning; one was kept"])
    let (none, _) = try chat(Self.plain.replacingSuffix("{{- bos_token -}}", ""))
    #expect(
      none.notes == [
        "the tokenizer begins texts with token 0, the chat template does not: none was added"
      ])
    let (unasked, _) = try chat(
      Self.plain.replacingSuffix("{{- bos_token -}}", ""), start: .init(token: 0, isWanted: false))
    #expect(unasked.notes.isEmpty)
  }
}

extension String {
  /// The text with the last `old` replaced.
  fileprivate func replacingSuffix(_ old: String, _ new: String) -> String {
    guard let range = range(of: old, options: .backwards) else { return self }
    return replacingCharacters(in: range, with: new)
  }
}
