// A question of the walk, as knowledge/questions.yaml states it.

/// One question of the walk.
package struct Question: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case choice
    /// Any number of the options.
    case choices
    case number
    case boolean
  }

  /// One value of a choice.
  package struct Option: Sendable, Equatable {
    package let id: String
    package let label: Bilingual
    /// Other spellings that mean this option, in both languages.
    package let aliases: [String]
  }

  /// What a number is counted in.
  package enum Unit: String, Sendable, CaseIterable {
    case count
    case tokens
    case parameters
    case gigabytes
    case seconds
    case hours
    case money
    /// A share between 0 and 1; `81.5%` is read as 0.815.
    case share
  }

  package let id: String
  package let kind: Kind
  package let topic: String
  /// A few words, for tables and the list of answers.
  package let title: Bilingual
  /// The question as it is asked.
  package let prompt: Bilingual
  /// Why it is asked: what depends on it.
  package let reason: Bilingual
  /// How to find the answer.
  package let help: Bilingual
  package let options: [Option]
  package let unit: Unit?
  package let minimum: Double?
  package let maximum: Double?
  /// What Enter means in the walk, and what costs assume where nothing was answered.
  package let fallback: Answer
  /// When the walk asks it; nil: always.
  package let askWhen: Condition?
  /// Whether the walk asks it only while its answer can still change the advice.
  package let isDetail: Bool
  /// Numbers a user would say in words, such as `none: 0`.
  package let words: [String: Double]
}

/// The questions in the order of the walk, found by id.
package struct Questionnaire: Sendable, Equatable {
  package let questions: [Question]
  private let positions: [String: Int]

  package init(_ questions: [Question]) {
    self.questions = questions
    positions = Dictionary(
      questions.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package subscript(id: String) -> Question? { positions[id].map { questions[$0] } }

  /// The question's place in the walk, from 0.
  package func position(of id: String) -> Int? { positions[id] }

  package var ids: [String] { questions.map(\.id) }
}
