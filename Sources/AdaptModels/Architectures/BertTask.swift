// What BERTs with a head for one task share: the body, and how a folder is opened.
package import AdaptGradients
package import AdaptTensors
package import Foundation

/// A BERT with the head of a task beside its body.
package protocol BertTask: AdaptableModel {
  var body: Bert { get }

  /// From what the body gives to the numbers of the task.
  var head: Linear { get }

  /// Takes the weights by their Hugging Face names.
  init(_ configuration: BertConfiguration, _ files: WeightFiles) throws(ModelFault)
}

extension BertTask {
  package var configuration: BertConfiguration { body.configuration }
  package var outline: ModelOutline { body.outline }

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    let (configuration, files) = try Bert.open(folder)
    try self.init(configuration, files)
  }

  package func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates {
    try body.hidden(batch, in: pass, observe: observe)
  }
}

/// The dense layer over the first row of each segment.
struct BertPooler: Sendable {
  private let dense: Linear

  /// Takes `pooler.dense` out of the body.
  init(_ c: BertConfiguration, _ reader: ParameterReader) throws(ModelFault) {
    dense = try reader.linear("pooler.dense", in: c.width, out: c.width, hasBias: true)
  }

  /// tanh(dense(first row of each segment)) `[S, D]`.
  ///
  /// The first row is a virtual token where there are any, as in peft.
  /// - Precondition: no segment is empty.
  func callAsFunction(_ states: HiddenStates, in pass: Pass) -> Variable {
    dense(states.firstRows, in: pass).activated(.tanh)
  }
}
