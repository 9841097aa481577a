// Decodes knowledge/rules and knowledge/flowchart.yaml.
internal import AdaptSystem

extension Decode {
  static func rules(
    _ file: SourceFile, _ questionnaire: Questionnaire, log: FaultLog
  ) -> [Rule] {
    let conditions = ConditionDecoder(questionnaire: questionnaire, file: file.path, log: log)
    return items(file, log: log).map { reader in
      defer { reader.finish() }
      return Rule(
        id: reader.string("id"), title: reader.bilingual("title"),
        when: reader.required("when").map(conditions.condition) ?? .all([]),
        unless: reader.strings("unless"), effect: effect(reader),
        because: reader.bilingual("because"),
        strength: reader.choice("strength", default: .weak), evidence: reader.strings("evidence"),
        file: file.path)
    }
  }

  private static func effect(_ outer: MapReader) -> Rule.Effect {
    let reader = outer.required("advise").flatMap {
      MapReader($0, file: outer.file, log: outer.log)
    }
    defer { reader?.finish() }
    return Rule.Effect(
      support: reader?.strings("support") ?? [], oppose: reader?.strings("oppose") ?? [],
      ruleOut: reader?.strings("rule_out") ?? [], postpone: reader?.strings("postpone") ?? [],
      method: reader?.optionalString("method"), recipe: reader?.optionalString("recipe"),
      steps: reader?.strings("steps") ?? [])
  }

  static func flowchart(_ file: SourceFile, log: FaultLog) -> Flowchart {
    let reader = MapReader(file.datum, file: file.path, log: log)
    defer { reader?.finish() }
    func each<Value>(_ key: String, _ make: (MapReader) -> Value) -> [Value] {
      (reader?.list(key) ?? []).compactMap { datum in
        guard let item = MapReader(datum, file: file.path, log: log) else { return nil }
        defer { item.finish() }
        return make(item)
      }
    }
    return Flowchart(
      rungs: each("rungs", rung), steps: each("steps", step), nodes: each("nodes", node),
      edges: each("edges") { item in
        Flowchart.Edge(
          from: item.string("from"), to: item.string("to"),
          label: item.optionalBilingual("label"))
      },
      weights: weights(reader))
  }

  private static func weights(_ reader: MapReader?) -> [Strength: Double] {
    guard let map = reader?.map("weights") else { return [:] }
    defer { map.finish() }
    return Dictionary(
      uniqueKeysWithValues: Strength.allCases.map { ($0, map.number($0.rawValue)) })
  }

  private static func rung(_ reader: MapReader) -> Rung {
    Rung(
      id: reader.string("id"), title: reader.bilingual("title"),
      summary: reader.bilingual("summary"), card: reader.string("card"),
      base: reader.number("base"), trains: reader.boolean("trains", default: false),
      method: reader.optionalString("method"), recipe: reader.optionalString("recipe"),
      steps: reader.strings("steps"))
  }

  private static func step(_ reader: MapReader) -> Step {
    Step(
      id: reader.string("id"), text: reader.bilingual("text"),
      command: reader.optionalString("command"), first: reader.boolean("first", default: false),
      insteadOf: reader.strings("instead_of"))
  }

  private static func node(_ reader: MapReader) -> Flowchart.Node {
    Flowchart.Node(
      id: reader.string("id"), kind: reader.choice("kind", default: .decision),
      label: reader.bilingual("label"), rung: reader.optionalString("rung"))
  }
}
