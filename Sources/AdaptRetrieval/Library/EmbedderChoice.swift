// Which embedding model a library uses.
import AdaptModels
import AdaptSystem
package import Foundation

/// How the embedder is chosen.
package enum EmbedderChoice: Sendable, Equatable {
  /// The one the collection was made with, else the default model where it is installed, else none.
  case automatic
  /// A folder the user named; it must hold a model.
  case folder(String)
  /// Words only.
  case none

  /// The model that set-up installs.
  package static let defaultModel = "all-MiniLM-L6-v2"

  /// Whether the user named it, so that it must be there.
  var isNamed: Bool {
    if case .folder = self { true } else { false }
  }

  /// The folder to load, nil for words only; `remembered` is the collection's.
  package func folder(remembered: String?, models: URL = Resources.models()) -> URL? {
    switch self {
    case .none: nil
    case .folder(let path): URL(fileURLWithPath: path, isDirectory: true)
    case .automatic:
      [
        remembered.map { URL(fileURLWithPath: $0, isDirectory: true) },
        models.appendingPathComponent(Self.defaultModel, isDirectory: true),
      ].compactMap { $0 }.first { folder in
        FileManager.default.fileExists(
          atPath: folder.appendingPathComponent("config.json").path)
      }
    }
  }

  func load(remembered: String?) throws(ModelFault) -> LoadedEmbedder? {
    guard let folder = folder(remembered: remembered) else { return nil }
    return LoadedEmbedder(
      folder: folder.standardizedFileURL.path, model: try SentenceEmbedder(folder: folder))
  }
}

/// An embedder and where it came from.
struct LoadedEmbedder: Sendable {
  var folder: String
  var model: any TextEmbedder
}
