// The user's documents inside the walk: what to start, and how its outcome is told.
import AdaptGuidance
import AdaptModels
import AdaptRetrieval
import AdaptSystem

extension Walk {
  /// Starts indexing, or asks for the path when none was given.
  mutating func runIndex(_ words: [String]) -> WalkTurn {
    guard !words.isEmpty else {
      pending = .path
      return WalkTurn([.text(say("index.path"))])
    }
    if case .path = pending { leavePath() }
    return WalkTurn([], action: .index(words.map(Self.expanded)))
  }

  /// Goes back to where the walk stood when it asked for a path.
  mutating func leavePath() {
    if let asked = route.first {
      pending = .question(asked.id)
    } else {
      pending = isAdvised ? .nothing : .advice
    }
  }

  func search(_ query: String) -> WalkTurn {
    hasDocuments ? WalkTurn([], action: .search(query)) : noDocuments
  }

  func ask(_ question: String) -> WalkTurn {
    hasDocuments ? WalkTurn([], action: .ask(question)) : noDocuments
  }

  /// `model FOLDER [ADAPTER…]` lets a model write the answers, `model off` the documents' own sentences.
  ///
  /// `--chat-template` and `--quantize` mean here what they mean for the commands.
  func runModel(_ words: [String]) -> WalkTurn {
    guard let folder = words.first else {
      let now = modelName.map { say("model.now", ["name": $0]) } ?? say("model.none")
      return WalkTurn([.text(now)])
    }
    if words.count == 1, Self.offWords.contains(folder.lowercased()) {
      return WalkTurn([], action: .model(nil))
    }
    var choice = ModelChoice(folder: Self.expanded(folder))
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      switch word {
      case "--chat-template" where !rest.isEmpty: choice.chatTemplate = rest.removeFirst()
      case "--quantize":
        let form = rest.popFirst() ?? ""
        guard let quantisation = Quantisation(rawValue: form) else {
          return wrongOption(word, hint: NearestName.hint(for: form, among: Self.roundedForms))
        }
        choice.quantisation = quantisation
      case _ where word.hasPrefix("-"):
        let known = ["--chat-template", "--quantize"]
        return wrongOption(word, hint: NearestName.hint(for: word, among: known))
      default: choice.adapters.append(Self.expanded(word))
      }
    }
    return WalkTurn([], action: .model(choice))
  }

  private static var roundedForms: [String] { Quantisation.allCases.map(\.rawValue) }

  private func wrongOption(_ word: String, hint: String?) -> WalkTurn {
    WalkTurn([.fault(Diagnosis(say("fault.model", ["option": word]), hint: hint))])
  }

  private static let offWords: Set = ["off", "none", "关", "关闭"]

  /// Tells that answers come from `name` from now on; nil: from the documents' own sentences.
  package mutating func answering(with name: String?) -> [WalkBlock] {
    modelName = name
    let said = name.map { say("model.set", ["name": $0]) } ?? say("model.off")
    return [.success(said)] + returning()
  }

  private var noDocuments: WalkTurn {
    WalkTurn([.fault(Diagnosis(say("fault.documents"), hint: say("fault.documents.hint")))])
  }

  /// Tells what an indexing run did; from now on plain sentences are questions.
  package mutating func indexed(_ summary: IndexOutcome, isEmpty: Bool) -> [WalkBlock] {
    hasDocuments = !isEmpty
    if let advice, !offers.isEmpty { offers = offers(for: advice) }
    var blocks = DocumentBlocks(phrases: phrases).blocks(summary)
    if hasDocuments { blocks.append(.note(say("index.ask"))) }
    return blocks + returning()
  }

  package func found(_ found: FoundPassages) -> [WalkBlock] {
    let words = DocumentBlocks(phrases: phrases)
    return words.blocks(found.passages) + words.blocks(found.explanation, explain: false)
      + returning()
  }

  package func answered(_ answer: CitedAnswer, wasStreamed: Bool) -> [WalkBlock] {
    DocumentBlocks(phrases: phrases).blocks(answer, wasStreamed: wasStreamed) + returning()
  }

  /// Work that was stopped or failed.
  package func failed(_ error: any Error) -> [WalkBlock] {
    if error is CancellationError { return [.warning(say("work.cancelled"))] }
    return [.fault(Self.diagnosis(of: error))]
  }

  /// After work in the middle of the questions: where the walk stands.
  private func returning() -> [WalkBlock] {
    guard case .question(let id) = pending, let question = profile.questionnaire[id] else {
      return []
    }
    return [.blank, .note(say("ask.return", ["title": question.title[language]]))]
  }
}
