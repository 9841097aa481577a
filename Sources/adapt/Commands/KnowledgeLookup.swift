// Finds things of the knowledge base by the names people give them.
import AdaptGuidance
import AdaptSystem

/// A name that the knowledge base does not have.
enum LookupFault: DiagnosableError, Equatable {
  case unknown(kind: String, name: String, known: [String])

  var diagnosis: Diagnosis {
    switch self {
    case .unknown(let kind, let name, let known):
      Diagnosis("unknown \(kind) `\(name)`", hint: NearestName.hint(for: name, among: known))
    }
  }
}

enum KnowledgeLookup {
  /// The card with this id, name or alias, in the language asked for.
  static func card(
    _ name: String, _ knowledge: Knowledge, _ language: Language
  ) throws(LookupFault) -> Card {
    guard let found = knowledge.card(named: name, language) else {
      throw .unknown(kind: "method", name: name, known: knowledge.cards(.en).map(\.id))
    }
    return found
  }

  /// The figure or evidence file with this id.
  static func fact(_ id: String, _ knowledge: Knowledge) throws(LookupFault) -> Fact {
    guard let fact = knowledge.fact(id) else {
      let file = id.split(separator: ".").first.map(String.init) ?? id
      let figures = knowledge.evidence.first { $0.id == file }?.figures ?? []
      let known =
        figures.isEmpty ? knowledge.evidence.map(\.id) : figures.map { "\(file).\($0.id)" }
      throw .unknown(kind: "fact", name: id, known: known)
    }
    return fact
  }

  static func recipe(_ id: String, _ knowledge: Knowledge) throws(LookupFault) -> Recipe {
    guard let recipe = knowledge.recipe(id) else {
      throw .unknown(kind: "recipe", name: id, known: knowledge.recipes.map(\.id))
    }
    return recipe
  }
}
