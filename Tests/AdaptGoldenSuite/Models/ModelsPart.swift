// models/: whole model folders with logits, losses and the gradient of every parameter.
import AdaptModels
import Foundation

enum ModelsPart: GoldenPart {
  static let folder = "models"

  /// What kinds of model are compared; a new one is one line here and one file.
  static let kinds: [any ModelKind.Type] = [
    CausalKind.self, EncoderKind.self, ClassifierKind.self, SpanKind.self,
  ]

  /// The kind of a model class.
  static func kind(of modelClass: String) throws -> any ModelKind.Type {
    guard let kind = kinds.first(where: { $0.covers(modelClass) }) else {
      throw NotImplemented("models of class \(modelClass)")
    }
    return kind
  }

  /// The model with its task at `models/NAME`.
  static func open(_ name: String, in folder: GoldenFolder) throws -> any TaskModel {
    let path = "models/" + name
    let configuration = try folder.json(path + "/config.json")
    let modelClass = (configuration.object["architectures"] as? [String])?.first ?? "none"
    return try kind(of: modelClass).open(
      folder.url(path), architecture: configuration.string("model_type"))
  }

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    folder.folders("models").map { ModelCase(folder: folder, name: "models/" + $0) }
  }
}

/// What is compared of one kind of model.
protocol ModelKind: Sendable {
  /// Whether a model class of transformers is of this kind: `LlamaForCausalLM`.
  static func covers(_ modelClass: String) -> Bool

  /// The model of a folder with the task that adapters are trained on.
  ///
  /// - Throws: `NotImplemented` for an architecture that the product does not have.
  static func open(_ folder: URL, architecture: String) throws -> any TaskModel

  static func run(_ source: ModelSource, _ log: inout CaseLog) throws
}

/// One model folder of the reference.
struct ModelSource {
  let folder: URL
  let modelClass: String
  let settings: GoldenJSON
  let golden: GoldenTensors
  let gradients: GoldenTensors
  let determinacy: Determinacy
  /// `model_type` of config.json.
  let architecture: String

  init(_ folder: GoldenFolder, _ name: String) throws {
    self.folder = folder.url(name)
    settings = try folder.json(name + "/golden.json")
    modelClass = try settings.string("class")
    determinacy = try settings.determinacy()
    let configuration = try folder.json(name + "/config.json")
    architecture = try configuration.string("model_type")
    golden = try folder.tensors(name + "/golden.safetensors")
    gradients = try folder.tensors(name + "/grads.safetensors")
    let classes = configuration.object["architectures"] as? [String] ?? []
    guard classes == [modelClass] else {
      throw GoldenFault.damaged(
        path: name, what: "config.json and golden.json name different classes",
        wanted: modelClass, got: classes.joined(separator: ", "))
    }
  }
}

struct ModelCase: GoldenCase {
  let folder: GoldenFolder
  let name: String

  func run(_ log: inout CaseLog) throws {
    let source = try ModelSource(folder, name)
    try ModelsPart.kind(of: source.modelClass).run(source, &log)
    log.listUnread(source.golden)
  }
}
