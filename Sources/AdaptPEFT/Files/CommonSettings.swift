// What every adapter's settings say of its task and its base.
import AdaptSystem

/// What the adapted model is for, as peft names it.
package enum AdapterTask: String, Sendable, CaseIterable {
  case causalLanguageModel = "CAUSAL_LM"
  case sequenceClassification = "SEQ_CLS"
  case tokenClassification = "TOKEN_CLS"
  case questionAnswering = "QUESTION_ANS"
  case featureExtraction = "FEATURE_EXTRACTION"
  case sequenceToSequence = "SEQ_2_SEQ_LM"

  /// Modules of the head, which is new and therefore trained whole; a model has one of them.
  package var headModules: [String] {
    switch self {
    case .sequenceClassification, .tokenClassification: ["classifier", "score"]
    case .questionAnswering: ["qa_outputs"]
    case .causalLanguageModel, .featureExtraction, .sequenceToSequence: []
    }
  }
}

/// The fields of a configuration that have no part in the computation.
package struct CommonSettings: Sendable, Equatable {
  package var task: AdapterTask?
  /// Name or path of the base, as the file says it.
  package var baseModel: String?
  package var revision: String?

  package init(task: AdapterTask? = nil, baseModel: String? = nil, revision: String? = nil) {
    self.task = task
    self.baseModel = baseModel
    self.revision = revision
  }

  init(_ settings: inout SettingsReader) throws(PEFTFault) {
    if settings.value("task_type") != nil {
      task = try settings.choice("task_type", default: AdapterTask.causalLanguageModel)
    }
    baseModel = try settings.string("base_model_name_or_path")
    revision = try settings.string("revision")
    settings.ignore(["peft_type", "inference_mode", "auto_mapping", "peft_version"])
  }

  /// As it is written: `inference_mode` is what peft writes for every saved adapter.
  func fields(peftType: String) -> [String: JSONValue] {
    [
      "peft_type": .string(peftType), "task_type": .optional(task?.rawValue),
      "base_model_name_or_path": .optional(baseModel), "revision": .optional(revision),
      "inference_mode": .boolean(true), "auto_mapping": .null,
    ]
  }
}
