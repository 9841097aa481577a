// Decodes knowledge/questions.yaml.
internal import AdaptSystem

/// Decoders from the neutral tree to typed values, one extension a file.
enum Decode {
  /// The questionnaire; conditions are decoded in a second pass, when every id is known.
  static func questionnaire(_ file: SourceFile, log: FaultLog) -> Questionnaire {
    let readers = items(file, log: log)
    let drafts = readers.map { question($0, condition: nil) }
    let draft = Questionnaire(drafts)
    var seen: Set<String> = []
    let questions = zip(readers, drafts).map { reader, question in
      if !seen.insert(question.id).inserted {
        log.add("question `\(question.id)` twice", at: reader.datum, in: file.path)
      }
      defer { reader.finish() }
      return self.question(
        reader,
        condition: reader.optional("when").map {
          ConditionDecoder(questionnaire: draft, file: file.path, log: log).condition($0)
        }, quiet: true)
    }
    return Questionnaire(questions)
  }

  /// The maps of a file that is a list.
  static func items(_ file: SourceFile, log: FaultLog) -> [MapReader] {
    guard case .list(let items) = file.datum.content else {
      log.add("not a list", got: file.datum.kindName, at: file.datum, in: file.path)
      return []
    }
    return items.compactMap { MapReader($0, file: file.path, log: log) }
  }

  private static func question(
    _ outer: MapReader, condition: Condition?, quiet: Bool = false
  ) -> Question {
    // The second pass reads the same keys again; its faults were logged by the first.
    let log = quiet ? FaultLog() : outer.log
    guard let reader = quiet ? MapReader(outer.datum, file: outer.file, log: log) : outer else {
      return question(outer, condition: condition)
    }
    let kind: Question.Kind = reader.choice("kind", default: .choice)
    let options = reader.list("options").compactMap { option($0, reader) }
    let unit: Question.Unit? = kind == .number ? reader.choice("unit", default: .count) : nil
    let id = reader.string("id")
    var words: [String: Double] = [:]
    for (name, value) in reader.pairs("words") {
      guard let number = NumberText.parse(value, unit: unit ?? .count) else {
        log.add("word `\(name)` wants a number", got: value, at: reader.datum, in: reader.file)
        continue
      }
      words[name] = number
    }
    let question = Question(
      id: id, kind: kind, topic: reader.string("topic"), title: reader.bilingual("title"),
      prompt: reader.bilingual("ask"), reason: reader.bilingual("why"),
      help: reader.bilingual("help"), options: options, unit: unit,
      minimum: reader.optionalNumber("at_least"), maximum: reader.optionalNumber("at_most"),
      fallback: .unknown, askWhen: condition,
      isDetail: reader.boolean("detail", default: false), words: words)
    if kind == .choice || kind == .choices, options.count < 2 {
      log.add("`\(id)` wants at least two options", at: reader.datum, in: reader.file)
    }
    return question.with(fallback: fallback(reader, question))
  }

  private static func option(_ datum: Datum, _ outer: MapReader) -> Question.Option? {
    guard let reader = MapReader(datum, file: outer.file, log: outer.log) else { return nil }
    defer { reader.finish() }
    return Question.Option(
      id: reader.string("id"), label: reader.bilingual("label"),
      aliases: reader.strings("aliases"))
  }

  private static func fallback(_ reader: MapReader, _ question: Question) -> Answer {
    guard let value = reader.required("default"), let text = value.scalar else { return .unknown }
    do {
      return try AnswerParser.parse(text, for: question)
    } catch {
      reader.log.add(
        "default does not fit: \(error.diagnosis.what)", at: value, in: reader.file,
        hint: error.diagnosis.hint)
      return .unknown
    }
  }
}

extension Question {
  fileprivate func with(fallback: Answer) -> Question {
    Question(
      id: id, kind: kind, topic: topic, title: title, prompt: prompt, reason: reason, help: help,
      options: options, unit: unit, minimum: minimum, maximum: maximum, fallback: fallback,
      askWhen: askWhen,
      isDetail: isDetail, words: words)
  }
}
