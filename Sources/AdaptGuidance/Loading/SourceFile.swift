// One file of the knowledge base, read into the neutral tree.

/// A file with its tree and, for a card, the Markdown behind its front matter.
struct SourceFile: Sendable, Equatable {
  /// Relative to the home folder, such as `knowledge/rules/rag.yaml`.
  let path: String
  let datum: Datum
  /// The text of a card after its front matter, or of a recipe as written; empty otherwise.
  let text: String

  /// The file's name without folder and extensions.
  var stem: String {
    let name = path.split(separator: "/").last ?? ""
    return String(name.prefix { $0 != "." })
  }
}
