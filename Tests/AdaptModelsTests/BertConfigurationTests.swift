// config.json of BERT encoders: both spellings, what heads and training need, and what must be refused.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct BertConfigurationTests {
  @Test(arguments: ["bert_cls", "bert_qa"])
  func bothSpellingsSayTheSame(model: String) throws {
    let folder = ModelFixtures.folder.appendingPathComponent("configurations/\(model)")
    let new = try BertConfiguration(file: folder.appendingPathComponent("config.json"))
    let old = try BertConfiguration(file: folder.appendingPathComponent("config_v4.json"))
    #expect(new == old && new.elementType == .float32 && new.padding == 0)
    #expect(new.hiddenDropout == 0.1 && new.attentionDropout == 0.1 && new.classifierDropout == 0.1)
    let isClassifier = model == "bert_cls"
    #expect(new.head == (isClassifier ? .sequenceClassification : .questionAnswering))
    #expect(
      new.classifier.labels == (0..<(isClassifier ? 3 : 2)).map { "LABEL_\($0)" })
  }

  @Test func readsWhatHeadsAndTrainingNeed() throws {
    let c = try read(
      #"""
      {"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0.2, "classifier_dropout": null,
       "pad_token_id": 3, "num_labels": 1, "problem_type": "regression", "torch_dtype": "float16",
       "architectures": ["BertForMaskedLM"]}
      """#)
    #expect(c.hiddenDropout == 0 && c.attentionDropout == 0.2 && c.classifierDropout == 0)
    #expect(c.padding == 3 && c.elementType == .float16 && c.head == .maskedLanguageModel)
    #expect(c.classifier == ClassifierSettings(labels: ["LABEL_0"], problem: .regression))
    try #expect(read(#"{"classifier_dropout": 0.3}"#).classifierDropout == 0.3)
    try #expect(read("{}").head == nil)
    try #expect(read(#"{"architectures": ["ColBERT"]}"#).head == .other("ColBERT"))
  }

  @Test(arguments: [
    ("gelu", Nonlinearity.gelu, Activation.gelu), ("relu", .relu, .relu),
    ("gelu_new", .geluTanh, .none), ("gelu_pytorch_tanh", .geluTanh, .none),
    ("silu", .silu, .none), ("swish", .silu, .none),
  ])
  func readsActivations(name: String, function: Nonlinearity, fused: Activation) throws {
    let c = try read("{\"hidden_act\": \"\(name)\"}")
    #expect(c.nonlinearity == function && c.activation == fused)
  }

  /// An activation that no product applies itself must still be applied.
  @Test func everyActivationReachesTheEncoder() throws {
    let files = try WeightFiles(folder: ModelFixtures.bert)
    var states: [[Float]] = []
    for function in Nonlinearity.allCases {
      var c = try BertConfiguration(file: ModelFixtures.bert.appendingPathComponent("config.json"))
      c.nonlinearity = function
      states.append(
        try Bert(c, files).hidden(TokenBatch([[5, 6, 7, 8]]), in: Pass()).values.value.elements)
    }
    for (i, one) in states.enumerated() {
      for other in states.dropFirst(i + 1) { #expect(largestDifference(one, other) > 1e-6) }
    }
    // The two forms of one function are close.
    let (exact, tanh) = (states[0], states[1])
    #expect(largestDifference(exact, tanh) < 1e-2)
  }

  @Test(
    arguments: [
      (#"{"model_type": "bart"}"#, "got `bart`"), (#"{"hidden_act": "mish"}"#, "got `mish`"),
      (#"{"hidden_act": 1}"#, "wanted a string of at most 1024 bytes, got 1"),
      (#"{"num_hidden_layers": true}"#, "got true"),
      (#"{"num_attention_heads": 3}"#, "divisor of 64"),
      (#"{"layer_norm_eps": -1}"#, "`layer_norm_eps`"), (#"{"layer_norm_eps": true}"#, "got true"),
      (#"{"hidden_dropout_prob": 1.5}"#, "hidden_dropout_prob"), (#"{"pad_token_id": 340}"#, "339"),
      (#"{"attention_probs_dropout_prob": -0.1}"#, "attention_probs_dropout_prob"),
      (#"{"is_decoder": true}"#, "`is_decoder`"), (#"{"is_decoder": 1}"#, "true or false"),
      (#"{"add_cross_attention": true}"#, "`add_cross_attention`"),
      (#"{"position_embedding_type": "relative_key"}"#, "relative_key"),
      (#"{"id2label": {"a": "b"}}"#, "no class 0"), (#"{"num_labels": 0}"#, "`num_labels`"),
      (#"{"num_labels": 1000000000}"#, "`num_labels`"),
      (#"{"num_labels": 3, "architectures": ["BertForQuestionAnswering"]}"#, "wanted 2 classes"),
      (#"{"dtype": "float32", "torch_dtype": "bfloat16"}"#, "contradicts"),
      (#"{"quantization_config": {"quant_method": "fp8"}}"#, "quantization_config"),
    ])
  func refuses(changes: String, words: String) throws {
    let complaint = try ConfigurationText.complaint(ConfigurationText.bert, changes) {
      try BertConfiguration(file: $0)
    }
    let text = complaint ?? "accepted"
    #expect(text.contains(words), "\(changes): \(text)")
  }

  private func read(_ changes: String) throws -> BertConfiguration {
    try ConfigurationText.withFile(ConfigurationText.bert, changing: changes) {
      try BertConfiguration(file: $0)
    }
  }
}
