// The classes of a model and the kind of its labels.

/// What the labels of a classifier are.
package enum ProblemType: String, Sendable, CaseIterable {
  /// Real numbers, one a label.
  case regression
  case singleLabel = "single_label_classification"
  case multiLabel = "multi_label_classification"
}

/// The outputs of a classification head.
package struct ClassifierSettings: Sendable, Equatable {
  /// The name of each output, in the order of the outputs.
  package var labels: [String]
  /// As the file says; nil leaves it to the labels of the data.
  package var problem: ProblemType?

  package init(labels: [String], problem: ProblemType? = nil) {
    self.labels = labels
    self.problem = problem
  }
}

extension ConfigurationFile {
  /// Most classes read.
  private static var classLimit: Int { 262_144 }

  /// `id2label` or `num_labels`, two classes where neither is there (as in transformers), and `problem_type`.
  ///
  /// - Throws: `ModelFault` when the two disagree, numbers are left out, or a single label is asked of one class.
  func classifier() throws(ModelFault) -> ClassifierSettings {
    let count = try optionalInteger("num_labels", in: 1...Self.classLimit)
    let named = try labels()
    if let count, let named, named.count != count {
      throw wrong(
        "num_labels", "contradicts \(name("id2label"))", wanted: "\(named.count)")
    }
    let labels = named ?? (0..<(count ?? 2)).map { "LABEL_\($0)" }
    var problem: ProblemType?
    if let text = try text("problem_type") {
      problem = ProblemType(rawValue: text)
      guard problem != nil else {
        throw .unsupported(
          path: path, setting: "problem_type", got: text,
          known: ProblemType.allCases.map(\.rawValue))
      }
    }
    guard problem != .singleLabel || labels.count > 1 else {
      throw wrong(
        "problem_type", "needs more than one class", wanted: "regression for one class")
    }
    return ClassifierSettings(labels: labels, problem: problem)
  }

  /// The names under `id2label`, whose keys are the numbers from 0 as strings.
  private func labels() throws(ModelFault) -> [String]? {
    guard let table = try inner("id2label") else { return nil }
    let count = table.object.count
    guard (1...Self.classLimit).contains(count) else {
      throw wrong("id2label", "has \(count) classes", wanted: "1 to \(Self.classLimit)")
    }
    var labels: [String] = []
    for number in 0..<count {
      guard let label = try table.text("\(number)") else {
        throw wrong(
          "id2label", "has no class \(number)", wanted: "every number from 0 to \(count - 1)")
      }
      labels.append(label)
    }
    return labels
  }
}
