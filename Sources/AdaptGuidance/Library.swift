// The part of the knowledge base that advice does not need: cards, glossary, dialogue, evidence
// values. It is decoded when first asked for, so that a one-shot command does not pay for it.
internal import Synchronization

/// Cards, glossary and dialogue, decoded on first use.
final class Library: Sendable {
  struct Contents: Sendable {
    let cards: [Card]
    let glossary: [Term]
    let dialogue: [Language: Phrases]
  }

  private let tree: SourceTree
  private let decoded = Mutex<Contents?>(nil)

  init(_ tree: SourceTree) {
    self.tree = tree
  }

  /// The decoded contents; the tree was checked when it was loaded or when its snapshot was made.
  var contents: Contents {
    decoded.withLock { known in
      if let known { return known }
      let contents = Self.decode(tree, log: FaultLog())
      known = contents
      return contents
    }
  }

  static func decode(_ tree: SourceTree, log: FaultLog) -> Contents {
    var dialogue: [Language: Phrases] = [:]
    for language in Language.allCases {
      let path = "knowledge/dialogue/\(language.rawValue).yaml"
      dialogue[language] = tree.file(path).map {
        Decode.phrases($0, language: language, log: log)
      }
    }
    return Contents(
      cards: tree.files(under: "knowledge/methods").compactMap { Decode.card($0, log: log) },
      glossary: tree.file("knowledge/glossary.yaml").map { Decode.glossary($0, log: log) } ?? [],
      dialogue: dialogue)
  }
}
