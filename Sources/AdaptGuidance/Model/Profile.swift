// The user's case: the answers given so far.

/// The answers given so far; everything else is not known.
package struct Profile: Sendable, Equatable {
  package let questionnaire: Questionnaire
  private(set) var answers: [String: Answer]

  package init(_ questionnaire: Questionnaire) {
    self.questionnaire = questionnaire
    answers = [:]
  }

  /// Sets an answer from text as typed by a user, such as `("model_parameters", "13B")`.
  ///
  /// - Throws: `ProfileFault` naming the nearest valid key or value; nothing is changed then.
  package mutating func set(_ key: String, _ text: String) throws(ProfileFault) {
    let question = try question(key)
    answers[question.id] = try AnswerParser.parse(text, for: question)
  }

  /// Sets an answer that is already normalised; it must fit the question's kind.
  package mutating func set(_ key: String, to answer: Answer) throws(ProfileFault) {
    let question = try question(key)
    guard AnswerParser.fits(answer, question) else {
      throw ProfileFault.unfit(key: key, got: AnswerParser.text(answer, for: question))
    }
    answers[question.id] = answer
  }

  /// Takes an answer back, so that the question is asked again.
  package mutating func unset(_ key: String) throws(ProfileFault) {
    answers[try question(key).id] = nil
  }

  /// The answer as given, `.unknown` included; nil when the question was never answered.
  package func answer(_ key: String) -> Answer? { answers[key] }

  /// The answer a rule may rely on: nil when unanswered or "don't know".
  package func known(_ key: String) -> Answer? {
    answers[key].flatMap { $0 == .unknown ? nil : $0 }
  }

  /// The known number, or nil.
  package func number(_ key: String) -> Double? {
    if case .number(let value)? = answers[key] { value } else { nil }
  }

  /// The known number, else the question's default.
  package func numberOrDefault(_ key: String) -> Double? {
    if let value = number(key) { return value }
    if case .number(let value)? = questionnaire[key]?.fallback { return value }
    return nil
  }

  /// The profile with the default of every unanswered number filled in.
  var withDefaults: Profile {
    var filled = self
    for question in questionnaire.questions where known(question.id) == nil {
      if case .number = question.fallback { filled.answers[question.id] = question.fallback }
    }
    return filled
  }

  /// The answer as a user would type it: `13B`, `24GB`, `knowledge, format`; nil when unanswered.
  package func text(_ key: String) -> String? {
    guard let question = questionnaire[key], let answer = answers[key] else { return nil }
    return AnswerParser.text(answer, for: question)
  }

  /// The ids of the answered questions, in the order of the walk.
  package var answered: [String] { questionnaire.ids.filter { answers[$0] != nil } }

  /// The first unanswered question whose condition to be asked holds; nil when the walk is over.
  package var nextQuestion: Question? { openQuestions.first }

  /// Every unanswered question the walk would still ask, in its order.
  package var openQuestions: [Question] {
    questionnaire.questions.filter { question in
      answers[question.id] == nil
        && (question.askWhen.map { $0.truth(in: self) == .yes } ?? true)
    }
  }

  private func question(_ key: String) throws(ProfileFault) -> Question {
    let id = key.lowercased().replacing("-", with: "_")
    guard let question = questionnaire[id] else {
      throw ProfileFault.unknownKey(key, known: questionnaire.ids)
    }
    return question
  }
}
