// The ladder of methods, and the drawing of the walk, as knowledge/flowchart.yaml states them.

/// One rung of the ladder, from the simplest to the dearest.
package struct Rung: Sendable, Equatable {
  package let id: String
  package let title: Bilingual
  /// One sentence: what taking it means.
  package let summary: Bilingual
  /// The method card that explains it.
  package let card: String
  /// The score it starts with before any rule speaks.
  package let base: Double
  /// Whether it changes or adds weights.
  package let trains: Bool
  /// The card of its method where the rung fixes it; nil: rules choose.
  package let method: String?
  package let recipe: String?
  /// What to do to take it, in order.
  package let steps: [String]
}

/// Something to do, named by rules and rungs.
package struct Step: Sendable, Equatable {
  package let id: String
  package let text: Bilingual
  /// A command of `adapt` that does it, where there is one.
  package let command: String?
  /// Whether it comes before everything else.
  package let first: Bool
  /// Steps that are not needed where this one is taken.
  package let insteadOf: [String]
}

/// The ladder, its weights and its drawing.
package struct Flowchart: Sendable, Equatable {
  /// A box of the drawing: a question of the walk or a rung.
  package struct Node: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
      case start
      case decision
      case rung
    }

    package let id: String
    package let kind: Kind
    package let label: Bilingual
    /// For a rung: its id in the ladder.
    package let rung: String?
  }

  /// An arrow of the drawing.
  package struct Edge: Sendable, Equatable {
    package let from: String
    package let to: String
    package let label: Bilingual?
  }

  package let rungs: [Rung]
  package let steps: [Step]
  package let nodes: [Node]
  package let edges: [Edge]
  /// What a rule of each strength adds to or takes from a rung's score.
  package let weights: [Strength: Double]

  package func rung(_ id: String) -> Rung? { rungs.first { $0.id == id } }
  package func step(_ id: String) -> Step? { steps.first { $0.id == id } }
}
