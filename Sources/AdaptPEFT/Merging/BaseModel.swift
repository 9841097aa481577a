// The base that an adapter's files are read for, of whatever kind its settings say.
package import AdaptModels
import AdaptSystem
package import Foundation

/// Opens models for what concerns their weights alone.
package enum BaseModel {
  /// The language model, classifier, span model or encoder in `folder`.
  ///
  /// - Throws: `ModelFault` as the model's own opening.
  package static func open(_ folder: URL) throws(ModelFault) -> any AdaptableModel {
    let (type, names) = kind(folder.appendingPathComponent("config.json"))
    guard type == "bert" else { return try CausalModels.open(folder: folder) }
    if names.contains(where: { $0.hasSuffix("ForSequenceClassification") }) {
      return try BertClassifier(folder: folder)
    }
    if names.contains(where: { $0.hasSuffix("ForQuestionAnswering") }) {
      return try BertSpanModel(folder: folder)
    }
    return try Bert(folder: folder)
  }

  /// `model_type` and `architectures`; nothing where they cannot be read, which the opening then says.
  private static func kind(_ url: URL) -> (type: String?, names: [String]) {
    guard let bytes = try? Data(contentsOf: url), bytes.count <= 1 << 22,
      case .object(let settings) = try? JSONValue(Array(bytes), path: url.path)
    else { return (nil, []) }
    var (type, names): (String?, [String]) = (nil, [])
    if case .string(let text) = settings["model_type"] { type = text }
    if case .array(let items) = settings["architectures"] {
      names = items.compactMap { if case .string(let name) = $0 { name } else { nil } }
    }
    return (type, names)
  }
}
