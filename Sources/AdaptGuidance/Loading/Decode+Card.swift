// Decodes method cards, phrases and recipes.
internal import AdaptSystem

extension Decode {
  static func card(_ file: SourceFile, log: FaultLog) -> Card? {
    guard let reader = MapReader(file.datum, file: file.path, log: log) else { return nil }
    defer { reader.finish() }
    let id = reader.string("id")
    if id != file.stem {
      log.add(
        "the id is not the file's name", wanted: file.stem, got: id, at: file.datum, in: file.path)
    }
    return Card(
      id: id, language: file.path.hasSuffix(".zh.md") ? .zh : .en, name: reader.string("name"),
      fullName: reader.string("full_name"), aliases: reader.strings("aliases"),
      family: reader.string("family"), trainable: flag(reader, "trainable"),
      mergeable: flag(reader, "mergeable"), parameters: reader.string("parameters"),
      sources: reader.strings("sources"), markdown: file.text, file: file.path)
  }

  /// `yes`, `no`, or nil for `n/a`.
  private static func flag(_ reader: MapReader, _ key: String) -> Bool? {
    guard let value = reader.required(key) else { return nil }
    switch value.scalar {
    case "yes", "true": return true
    case "no", "false": return false
    case "n/a": return nil
    default:
      reader.log.add(
        "`\(key)` wants yes, no or n/a", got: value.kindName, at: value, in: reader.file)
      return nil
    }
  }

  /// A table of phrases; nested maps are read as keys joined by dots.
  static func phrases(_ file: SourceFile, language: Language, log: FaultLog) -> Phrases {
    var entries: [String: String] = [:]
    func read(_ datum: Datum, _ prefix: String) {
      guard let reader = MapReader(datum, file: file.path, log: log) else { return }
      for entry in reader.all {
        let key = prefix + entry.key
        if case .map = entry.value.content {
          read(entry.value, key + ".")
        } else if let text = entry.value.scalar {
          entries[key] = text
        } else {
          log.add("`\(key)` wants text", got: "a list", at: entry.value, in: file.path)
        }
      }
    }
    read(file.datum, "")
    return Phrases(language: language, entries: entries)
  }

  static let recipeVersion = 1

  static func recipe(_ file: SourceFile, log: FaultLog) -> Recipe? {
    guard let reader = MapReader(file.datum, file: file.path, log: log) else { return nil }
    defer { reader.finish() }
    if Int(reader.number("recipe")) != recipeVersion {
      log.add(
        "unknown recipe version", wanted: "\(recipeVersion)", at: file.datum, in: file.path)
    }
    let settings = RecipeSchema.sections.flatMap { section, keys in
      RecipeSchema.settings(section, keys, reader)
    }
    let id = file.path.dropFirst("recipes/".count).dropLast(".yaml".count)
    return Recipe(
      id: String(id), method: reader.string("method"), title: reader.bilingual("title"),
      settings: settings, sources: reader.strings("sources"), text: file.text)
  }
}

/// The sections and keys a recipe may have; what each method needs of them, its own code says.
enum RecipeSchema {
  static let sections: [(section: String, keys: [String])] = [
    ("lora", ["rank", "alpha", "dropout", "projections", "scaling", "initial", "magnitude"]),
    (
      "adalora",
      [
        "initial_rank", "target_rank", "alpha", "dropout", "projections", "warmup_steps",
        "final_steps", "interval", "beta1", "beta2", "orthogonality",
      ]
    ),
    ("quantisation", ["format", "block", "double", "compute"]),
    ("ia3", ["projections", "feed_forward"]),
    ("prefix", ["tokens", "reparametrise", "hidden", "initial"]),
    ("prompt", ["tokens", "initial", "text"]),
    ("encoder", ["kind", "hidden", "layers"]),
    ("biases", ["which"]),
    ("bottleneck", ["placement", "reduction", "activation", "initial", "scale"]),
    ("reft", ["rank", "layers", "positions", "shared", "dropout"]),
    ("proxy", ["strength"]),
    ("distillation", ["temperature", "weight", "divergence"]),
    ("preference", ["beta", "loss", "label_smoothing"]),
    ("head", ["kind"]),
    ("loss", ["on", "truncate"]),
    ("optimiser", ["name", "learning_rate", "weight_decay", "beta1", "beta2"]),
    ("schedule", ["name", "warmup", "epochs"]),
    ("batch", ["sequences", "accumulate", "tokens"]),
    ("memory", ["checkpoint", "weights"]),
    ("replay", ["share"]),
    ("stop", ["metric", "patience"]),
  ]

  static func settings(_ section: String, _ keys: [String], _ outer: MapReader) -> [Recipe.Setting]
  {
    guard let reader = outer.map(section) else { return [] }
    defer { reader.finish() }
    return keys.compactMap { key in
      guard let value = reader.optional(key) else { return nil }
      let words = reader.words(in: value, key).map(\.text)
      return Recipe.Setting(key: "\(section).\(key)", value: words.joined(separator: ", "))
    }
  }
}
