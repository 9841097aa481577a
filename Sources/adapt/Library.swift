// Where the commands get the user's documents from: the one place that opens a library.
import AdaptAssistant
import AdaptRetrieval
import AdaptSystem

/// What a command wants of the library it opens.
struct LibraryOptions: Sendable {
  var workspace: Workspace
  /// A folder with a sentence-embedding model; nil: the default one when it is installed.
  var embedder: String?
  var collection: String?
  /// Embeds unchanged files again.
  var reembed = false
  /// `hybrid`, `dense` or `lexical`.
  var mode = "hybrid"
  /// An OpenAI-compatible endpoint and the model's name there, for generated answers.
  var endpoint: String?
  var model: String?
  /// Passages an answer is drawn from.
  var passages = 6
}

/// Opens the library of a workspace.
enum LibraryOpener {
  static func open(_ options: LibraryOptions) throws -> any DocumentLibrary {
    throw LibraryFault.notBuiltIn
  }

  /// The library for the walk; nil when this build has none.
  static func openIfAvailable(_ options: LibraryOptions) -> (any DocumentLibrary)? {
    try? open(options)
  }
}

/// Documents cannot be used.
enum LibraryFault: DiagnosableError, Equatable {
  case notBuiltIn
  case emptyIndex(workspace: String)

  var diagnosis: Diagnosis {
    switch self {
    case .notBuiltIn: Diagnosis("this build cannot read documents")
    case .emptyIndex(let workspace):
      Diagnosis(
        "no documents are indexed yet", place: workspace,
        hint: "`adapt index PATH` reads a file or a folder")
    }
  }
}
