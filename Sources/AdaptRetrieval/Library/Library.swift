// The user's documents as one thing: index, search, ask. Commands and the session see only this.
package import AdaptSystem
import Foundation

/// A collection of documents in a workspace.
package struct Library: Sendable {
  package let workspace: Workspace
  package let collectionName: String
  package let embedderChoice: EmbedderChoice

  package init(
    workspace: Workspace, collection: String = RetrievalDatabase.defaultCollection,
    embedder: EmbedderChoice = .automatic
  ) {
    self.workspace = workspace
    self.collectionName = collection
    self.embedderChoice = embedder
  }

  /// Whether nothing is indexed yet.
  package var isEmpty: Bool {
    get throws {
      guard FileManager.default.fileExists(atPath: workspace.database) else { return true }
      let database = try RetrievalDatabase(at: workspace.database, mode: .readOnly)
      guard let collection = try database.collection(named: collectionName) else { return true }
      return try database.statistics(collection: collection.id).chunks == 0
    }
  }

  /// Opens the collection for searching; the embedder is loaded unless `mode` is lexical.
  ///
  /// - Throws: `LibraryFault.nothingIndexed`, `StoreFault`, `ModelFault`.
  package func open(mode: SearchMode = .hybrid) throws -> OpenLibrary {
    guard FileManager.default.fileExists(atPath: workspace.database) else {
      throw LibraryFault.nothingIndexed(workspace: workspace.folder)
    }
    let database = try RetrievalDatabase(at: workspace.database, mode: .readOnly)
    guard let collection = try database.collection(named: collectionName) else {
      let names = try database.collections().map(\.name)
      throw names.isEmpty
        ? LibraryFault.nothingIndexed(workspace: workspace.folder)
        : LibraryFault.unknownCollection(collectionName, known: names)
    }
    let settings = CollectionSettings(json: collection.settings)
    var embedder: LoadedEmbedder?
    if mode != .lexical, collection.embedder != nil || mode == .dense || embedderChoice.isNamed {
      embedder = try embedderChoice.load(remembered: settings.embedderFolder)
    }
    return OpenLibrary(
      database: database, collection: collection, settings: settings, embedder: embedder?.model)
  }
}

/// Why a library cannot be searched or filled.
package enum LibraryFault: DiagnosableError, Equatable {
  case nothingIndexed(workspace: String)
  case unknownCollection(String, known: [String])
  case noRoots
  /// The collection has vectors, but the model that made them is not found any more.
  case embedderGone(collection: String, folder: String?)
  /// A question or query without a letter or digit.
  case emptyQuestion

  package var diagnosis: Diagnosis {
    switch self {
    case .nothingIndexed(let workspace):
      Diagnosis(
        "no documents are indexed", place: workspace,
        hint: "index a folder first: adapt index PATH")
    case .unknownCollection(let name, let known):
      Diagnosis(
        "no collection `\(name)`", hint: NearestName.hint(for: name, among: known))
    case .noRoots:
      Diagnosis(
        "nothing to index: no path given, and none was indexed before",
        hint: "adapt index PATH…")
    case .embedderGone(let collection, let folder):
      Diagnosis(
        "the embedding model of collection `\(collection)` is gone",
        wanted: "the model it was indexed with",
        got: "no model", place: folder,
        hint:
          "put it back, or name another with `--embedder DIR --reembed`; searching works by words")
    case .emptyQuestion:
      Diagnosis(
        "the question is empty", wanted: "at least one letter or digit",
        hint: "quote the question: adapt ask \"How long is the notice period?\"")
    }
  }
}
