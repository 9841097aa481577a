// The settings of an adapter: each key is used, harmless, or refused with its value.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import Testing

struct SettingsTests {
  private func fault(_ key: String, _ value: JSONValue) throws -> PEFTFault? {
    var folder = try AdapterFolder()
    folder.files.configuration[key] = value
    do {
      _ = try folder.read(for: AdapterFolder.base())
      return nil
    } catch let fault as PEFTFault {
      return fault
    }
  }

  /// Every one of them would change what the adapter does.
  @Test(arguments: [
    ("lora_bias", JSONValue.boolean(true)),
    ("use_qalora", .boolean(true)), ("layer_replication", .array([.array([.integer(0)])])),
    ("alora_invocation_tokens", .array([.integer(1)])),
    ("arrow_config", .object(["top_k": .integer(3)])),
    ("init_lora_weights", .string("pissa_niter_4")), ("init_lora_weights", .string("corda")),
    ("init_lora_weights", .integer(1)), ("trainable_token_indices", .array([.integer(4)])),
    ("target_parameters", .strings(["experts.weight"])),
    ("kasa_config", .object(["beta": .number(0.1)])),
    ("ensure_weight_tying", .boolean(true)), ("use_bdlora", .object(["nblocks": .integer(2)])),
    ("megatron_config", .object(["a": .integer(1)])), ("use_dora", .string("false")),
    ("a_newer_config", .integer(1)), ("a_newer_config", .null), ("R", .integer(4)),
  ])
  func refusesWhatItCannotDo(_ key: String, _ value: JSONValue) throws {
    let fault = try #require(try fault(key, value), "\(key) was accepted")
    #expect(fault.diagnosis.what == "unusable `\(key)`")
    #expect(fault.diagnosis.got == value.brief)
    #expect(fault.diagnosis.wanted != nil)
  }

  @Test(arguments: [
    ("use_dora", JSONValue.null), ("eva_config", .null), ("runtime_config", .object([:])),
    ("init_lora_weights", .boolean(false)), ("init_lora_weights", .string("gaussian")),
    ("init_lora_weights", .string("pissa")), ("init_lora_weights", .string("olora")),
    ("init_lora_weights", .null), ("auto_mapping", .object(["base_model_class": .string("A")])),
    ("peft_version", .string("99.0")), ("fan_in_fan_out", .boolean(true)), ("r", .number(4)),
    ("target_modules", .strings(["q_proj", "v_proj", "w1", "c_attn"])),
    ("target_modules", .string("(?:.*\\.)?[qv]_proj")), ("layers_to_transform", .array([])),
  ])
  func acceptsWhatChangesNothing(_ key: String, _ value: JSONValue) throws {
    #expect(try fault(key, value) == nil)
  }

  @Test(arguments: [
    ("init_lora_weights", JSONValue.string("loftq")), ("r", .integer(0)), ("r", .integer(-1)),
    ("r", .integer(1 << 40)), ("r", .number(2.5)),
    ("r", .string("4")), ("r", .boolean(true)), ("lora_alpha", .integer(0)),
    ("lora_alpha", .number(-1)), ("lora_alpha", .string("8")), ("lora_dropout", .number(1)),
    ("lora_dropout", .number(-0.1)), ("bias", .string("lora-only")), ("bias", .boolean(false)),
    ("use_rslora", .integer(0)), ("rank_pattern", .object(["q_proj": .integer(0)])),
    ("rank_pattern", .array([])), ("rank_pattern", .object(["(": .integer(4)])),
    ("alpha_pattern", .object(["q_proj": .string("x")])), ("target_modules", .integer(3)),
    ("target_modules", .array([.integer(3)])), ("layers_to_transform", .integer(-1)),
    ("layers_to_transform", .string("1")), ("task_type", .string("CAUSAL")),
    ("modules_to_save", .strings(["nothing_like_it"])), ("exclude_modules", .string("[")),
  ])
  func refusesWhatIsOutOfRange(_ key: String, _ value: JSONValue) throws {
    let fault = try #require(try fault(key, value), "\(key) was accepted")
    guard case .setting(_, let named, _, _, _) = fault else {
      Issue.record("\(fault)")
      return
    }
    #expect(named.hasPrefix(key))
  }

  @Test func configurationsInCodeAreChecked() throws {
    for change: (inout LoRAConfiguration) -> Void in [
      { $0.rank = 0 }, { $0.rank = .max }, { $0.alpha = .nan }, { $0.alpha = .infinity },
      { $0.alpha = 0 }, { $0.dropout = .nan }, { $0.dropout = 1 }, { $0.rankPattern = ["a": 0] },
      { $0.alphaPattern = ["a": .nan] },
      { $0.learningRateRatio = 0.5 }, { $0.learningRateRatio = .nan }, { $0.isDecomposed = true },
      { $0.initialisation = .loftq(bits: 3, iterations: 1) },
      { $0.initialisation = .loftq(bits: 4, iterations: 0) },
      { $0.initialisation = .pissa(iterations: -1) },
    ] {
      var configuration = LoRAConfiguration()
      change(&configuration)
      #expect(throws: PEFTFault.self) { try LoRA(configuration) }
    }
  }

  @Test func unknownKindsNameTheNearest() throws {
    let fault = try #require(try fault("peft_type", .string("LORRA")))
    #expect(fault.diagnosis.got == "`LORRA`")
    #expect(fault.diagnosis.hint?.contains("did you mean `LORA`?") == true)
    #expect(try self.fault("peft_type", .null) != nil)
    #expect(try self.fault("peft_type", .integer(3)) != nil)
  }

  @Test(arguments: [
    "", "{", "[]", "null", "{\"r\": 4,}", "{\"r\" 4}", "{\"r\": 04}", "{\"r\": NaN}",
    "{\"r\": 1e999}",
    "{\"r\": +1}", "{\"r\": .5}", "{\"r\": 1.}", "{'r': 1}", "{\"r\": 4} x", "{\"r\": 4, \"r\": 4}",
    "{\"a\": \"\\ud800\"}", "{\"a\": \"\\ud800\\u0041\"}", "{\"a\": \"\\x\"}", "{\"a\": \"\\u12\"}",
    "{\"a\": \"\u{1}\"}", "{\"a\": \"", "\u{feff}{}", "{\"a\": tru}", "{\"a\": [1 2]}", "{,}", "-",
  ])
  func hostileJSONIsRefused(_ text: String) throws {
    let fault = #expect(throws: PEFTFault.self) {
      try AdapterFolder().read(settings: text, for: AdapterFolder.base())
    }
    guard case .configuration = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
  }

  @Test func deepAndHugeJSONIsRefused() throws {
    let model = try AdapterFolder.base()
    let deep = "{\"r\": " + String(repeating: "[", count: 200_000)
    #expect(throws: PEFTFault.self) { try AdapterFolder().read(settings: deep, for: model) }
    let huge = "{\"r\": \"" + String(repeating: "a", count: 1 << 20) + "\"}"
    let fault = #expect(throws: PEFTFault.self) {
      try AdapterFolder().read(settings: huge, for: model)
    }
    guard case .file(.tooLarge) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
  }

  @Test func longListsAreRefused() throws {
    let names = (0..<5000).map { "q_proj\($0)" }
    let many = Dictionary(uniqueKeysWithValues: names.map { ($0, JSONValue.integer(4)) })
    let large = Dictionary(
      uniqueKeysWithValues: (0..<300).map { ("(a?){256}\($0)", JSONValue.integer(4)) })
    for (key, value) in [
      ("target_modules", JSONValue.strings(names)), ("modules_to_save", .strings(names)),
      ("rank_pattern", .object(many)), ("rank_pattern", .object(large)),
    ] {
      let fault = try #require(try fault(key, value))
      #expect(fault.diagnosis.what == "unusable `\(key)`")
      #expect(fault.diagnosis.wanted?.hasPrefix("at most") == true || key == "rank_pattern")
    }
  }

  @Test func escapesAndNumbersAreRead() throws {
    let folder = try AdapterFolder()
    let text =
      #"{"peft_type": "LORA", "r": 4, "lora_alpha": 8e0, "target_modules": "#
      + #"["q_pr\u006fj", "v_proj"], "revision": "\ud83d\ude00\n\"\\\/", "lora_dropout": 0}"#
    let attached = try folder.read(settings: text, for: AdapterFolder.base())
    let settings = try attached.files().configuration
    #expect(settings["revision"] == .string("😀\n\"\\/"))
    #expect(settings["lora_alpha"] == .integer(8))
    #expect(settings["lora_dropout"] == .number(0))
  }
}
