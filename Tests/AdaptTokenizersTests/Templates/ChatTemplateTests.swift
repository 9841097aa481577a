// Chat templates of model folders, the built-in ones, and what refuses to be rendered.
import AdaptSystem
import AdaptTestSupport
import AdaptTokenizers
import Foundation
import Testing

@Suite struct ChatTemplateTests {
  private let chat = [
    ChatMessage("system", "Be brief."), ChatMessage("user", " Hi "),
    ChatMessage("assistant", "Hello.\n"), ChatMessage("user", "Bye"),
  ]

  /// The chats of a folder: `messages`, `add_generation_prompt` and their `text`.
  static func checkGolden(_ folder: URL) throws {
    let template = try ChatTemplate(folder: folder)
    let lines = try TemplateJSON.lines(folder.appendingPathComponent("chat.jsonl"))
    #expect(!lines.isEmpty)
    for line in lines {
      guard case .list(let list) = line["messages"], case .string(let text) = line["text"],
        case .boolean(let prompts) = line["add_generation_prompt"]
      else {
        Issue.record("a line of \(folder.path) lacks something")
        continue
      }
      let messages = list.items.compactMap { ChatMessage($0) }
      #expect(messages.count == list.items.count)
      let got = try template.rendered(messages, addGenerationPrompt: prompts).text
      #expect(got.utf8.elementsEqual(text.utf8), "got \(got.debugDescription)")
    }
  }

  @Test(arguments: ["bpe_qwen", "bpe_llama3", "spm_bpe"])
  func foldersRenderAsTransformersDoes(name: String) throws {
    try Self.checkGolden(TemplateJSON.fixtures.appendingPathComponent("chats/" + name))
    guard let full = GoldenFixtures.full else { return }
    try Self.checkGolden(full.appendingPathComponent("tokenizers/" + name))
  }

  // MARK: Folders

  @Test func theFileComesBeforeTheSetting() throws {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    #expect(try ChatTemplate(ifIn: url) == nil)
    try folder.write(
      #"{"chat_template": "setting {{ bos_token }}", "bos_token": {"content": "<b>"}}"#,
      to: "tokenizer_config.json")
    #expect(
      try ChatTemplate(folder: url).rendered([], addGenerationPrompt: false).text == "setting <b>")
    try folder.write("file {{ bos_token }}{{ eos_token }}\n", to: "chat_template.jinja")
    try folder.write(#"{"eos_token": "<e>", "bos_token": "old"}"#, to: "special_tokens_map.json")
    #expect(
      try ChatTemplate(folder: url).rendered([], addGenerationPrompt: false).text == "file <b><e>")
  }

  @Test func aListOfTemplatesIsPickedFromByName() throws {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    try folder.write(
      #"{"chat_template": [{"name": "rag", "template": "R"}, {"name": "default", "template": "D"}]}"#,
      to: "tokenizer_config.json")
    func text(_ name: String?) throws -> String {
      try ChatTemplate(folder: url, named: name).rendered([], addGenerationPrompt: false).text
    }
    #expect(try text(nil) == "D")
    #expect(try text("rag") == "R")
    #expect(throws: TemplateFault.unknownName("tool_use", known: ["rag", "default"])) {
      try text("tool_use")
    }
    try folder.write("T", to: "additional_chat_templates/tool_use.jinja")
    #expect(try text("tool_use") == "T")
  }

  @Test func aFolderWithoutTemplateSaysWhatCanBeChosen() throws {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    let fault = #expect(throws: TemplateFault.self) { try ChatTemplate(folder: url) }
    #expect(
      fault?.diagnosis.text == """
        the model folder has no chat template: wanted chat_template.jinja or `chat_template` in \
        tokenizer_config.json - \(folder.path)

        hint: a base model has none; choose one with --chat-template NAME|FILE. Names: chatml, llama2, \
        llama3, mistral, gemma, phi3, zephyr, plain
        """)
    let other = #expect(throws: TemplateFault.self) {
      try ChatTemplate(choice: "lama3", folder: url)
    }
    #expect(
      other?.diagnosis.text == """
        unknown chat template `lama3`

        hint: did you mean `llama2`? One of: chatml, llama2, llama3, mistral, gemma, phi3, zephyr, plain
        """
        || other?.diagnosis.text == """
          unknown chat template `lama3`

          hint: did you mean `llama3`? One of: chatml, llama2, llama3, mistral, gemma, phi3, zephyr, plain
          """
    )
    let file = try folder.write("own {{ messages|length }}", to: "mine.jinja")
    let own = try ChatTemplate(choice: file, folder: url)
    #expect(try own.rendered(chat, addGenerationPrompt: false).text == "own 4")
  }

  @Test(arguments: [
    (#"{"chat_template": 5}"#, "`chat_template` is neither text nor a list of named templates"),
    (#"{"chat_template": [{"name": 1}]}"#, "a template in the list of `chat_template` has no name"),
    (#"{"chat_template": "#, "it is not JSON"), ("[]", "it is no JSON object"),
    (String(repeating: "[", count: 80), "it is not JSON"),
  ])
  func damagedSettingsAreNamed(json: String, wanted: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(json, to: "tokenizer_config.json")
    let fault = #expect(throws: TemplateFault.self) {
      try ChatTemplate(folder: URL(fileURLWithPath: folder.path))
    }
    let text = fault?.diagnosis.text ?? ""
    #expect(text.contains(wanted) && text.contains("tokenizer_config.json"), "\(text)")
  }

  // MARK: Built-in templates

  private static let wanted = [
    "chatml":
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi <|im_end|>\n<|im_start|>assistant\n"
      + "Hello.\n<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
    "llama2":
      "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello. </s><s>[INST] Bye [/INST]",
    "llama3":
      "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user"
      + "<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
      + "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant"
      + "<|end_header_id|>\n\n",
    "mistral": "<s>[INST] Be brief.\n\nHi [/INST] Hello.</s>[INST] Bye [/INST]",
    "gemma":
      "<s><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n"
      + "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n",
    "phi3":
      "<|system|>\nBe brief.<|end|>\n<|user|>\n Hi <|end|>\n<|assistant|>\nHello.\n<|end|>\n<|user|>\n"
      + "Bye<|end|>\n<|assistant|>\n",
    "zephyr":
      "<|system|>\nBe brief.</s>\n<|user|>\n Hi </s>\n<|assistant|>\nHello.\n</s>\n<|user|>\nBye</s>\n"
      + "<|assistant|>\n",
    "plain": "<s>Be brief.\n\nUser: Hi\nAssistant: Hello.</s>\nUser: Bye\nAssistant:",
  ]

  @Test(arguments: BuiltInTemplates.names)
  func builtInTemplatesWriteTheirFormat(name: String) throws {
    let template = try ChatTemplate(
      text: try #require(BuiltInTemplates.text(name)), name: name,
      specialTokens: ["bos_token": "<s>", "eos_token": "</s>"])
    let rendered = try template.rendered(chat, addGenerationPrompt: true)
    #expect(rendered.text == Self.wanted[name])
    let bytes = Array(rendered.text.utf8)
    let marked = rendered.generationSpans.map { String(decoding: bytes[$0], as: UTF8.self) }
    #expect(marked.count == 1 && marked[0].contains("Hello.") && !marked[0].hasSuffix("."))
    let parts = ChatMessage(
      "user", .parts([["type": "text", "text": "a"], ["type": "text", "text": "b"]]))
    let joined = try template.rendered([parts], addGenerationPrompt: false).text
    #expect(joined.contains("ab"))
    let image = ChatMessage("user", .parts([["type": "image"]]))
    let fault = #expect(throws: TemplateFault.self) {
      try template.rendered([image], addGenerationPrompt: false)
    }
    #expect(fault?.diagnosis.text.contains("Only parts with text can be written") == true)
  }

  @Test func refusalsCarryTheTemplatesOwnWords() throws {
    let template = try ChatTemplate(text: BuiltInTemplates.text("mistral") ?? "", name: "mistral")
    let fault = #expect(throws: TemplateFault.self) {
      try template.rendered(
        [ChatMessage("user", "a"), ChatMessage("user", "b")], addGenerationPrompt: false)
    }
    #expect(
      fault?.diagnosis.text.hasPrefix(
        "the chat template refuses these messages: Messages must alternate between user and assistant"
      )
        == true)
    #expect(fault?.diagnosis.hint?.contains("join neighbouring messages") == true)
  }

  @Test func toolsAndOtherVariablesReachTheTemplate() throws {
    let template = try ChatTemplate(
      text:
        "{{ tools|tojson if tools else 'no tools' }} {{ enable_thinking }} {{ documents is none }}",
      name: "t")
    #expect(try template.rendered([], addGenerationPrompt: false).text == "no tools  True")
    let text = try template.rendered(
      [], addGenerationPrompt: false, tools: [["name": "f", "a": "<é>"]],
      extra: ["enable_thinking": false]
    ).text
    #expect(text == #"[{"name": "f", "a": "<é>"}] False True"#)
  }

  @Test func datesAreWrittenAsPythonDoes() {
    #expect(words("{{ strftime_now('%d %b %Y') }}") == "09 Mar 2025")
    #expect(words("{{ strftime_now('%j') }}").contains("the date format `%j`"))
  }
}
