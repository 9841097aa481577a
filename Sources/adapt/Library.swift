// Where the commands get the user's documents from: the one place that opens a library.
import AdaptAssistant
import AdaptRetrieval
import ArgumentParser

/// The options of every command that opens a library.
struct LibraryOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder with a sentence-embedding model (default: the installed one).", valueName: "dir"))
  var embedder: String?

  @Option(
    help: ArgumentHelp("A set of documents kept apart under a name.", valueName: "name"))
  var collection: String = RetrievalDatabase.defaultCollection

  /// The library of a workspace that these options name.
  func library(in workspace: Workspace) -> Library {
    Library(
      workspace: workspace, collection: collection,
      embedder: embedder.map { .folder($0) } ?? .automatic)
  }
}

extension SearchMode: ExpressibleByArgument {}
