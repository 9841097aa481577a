// Training recipes as data: which method with which settings, each with its consequence.

/// A training recipe, as recipes/ states it.
package struct Recipe: Sendable, Equatable {
  /// One setting, with the comment that stands behind it in the file.
  package struct Setting: Sendable, Equatable {
    /// Section and key, joined by a dot.
    package let key: String
    package let value: String
  }

  /// The path below recipes/ without extension: `peft/lora`.
  package let id: String
  /// The card of the method.
  package let method: String
  package let title: Bilingual
  package let settings: [Setting]
  package let sources: [String]
  /// The file as written, with its comments.
  package let text: String
}
