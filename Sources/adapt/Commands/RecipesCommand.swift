// `adapt recipes`: the training recipes, listed and shown.
import AdaptAssistant
import AdaptGuidance
import ArgumentParser

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes",
    abstract: "Lists the training recipes, or shows one.",
    usage: "adapt recipes [<name>] [--json]",
    discussion: """
      A recipe is a YAML file with every setting of a training run and its consequence. The \
      advice names the one that fits; copy it and change what you must.

      EXAMPLES:
        adapt recipes
        adapt recipes peft/lora
        adapt recipes peft/qlora > my-run.yaml
      """)

  @Argument(help: "Id of a recipe, such as peft/lora.")
  var name: String?

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let session = try Session(globals)
    let knowledge = try session.knowledge()
    if let name {
      let recipe = try KnowledgeLookup.recipe(name, knowledge)
      try session.streams.write(
        json ? JSONOutput.text(RecipeList([recipe], session.language)) : recipe.text)
    } else if json {
      try session.streams.write(
        JSONOutput.text(RecipeList(knowledge.recipes, session.language)))
    } else {
      try session.show(
        knowledge.recipes.map { .entry(term: $0.id, text: $0.title[session.language]) })
    }
  }
}

/// `adapt.recipes/1`.
private struct RecipeList: Encodable {
  struct Body: Encodable {
    let id, method, title: String
    let settings: [String: String]
    let sources: [String]
  }

  let schema = "adapt.recipes/1"
  let recipes: [Body]

  init(_ recipes: [Recipe], _ language: Language) {
    self.recipes = recipes.map { recipe in
      Body(
        id: recipe.id, method: recipe.method, title: recipe.title[language],
        settings: Dictionary(
          recipe.settings.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }),
        sources: recipe.sources)
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, recipes
  }
}
