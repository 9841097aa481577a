// A model of the product with its task, as references of adapters use it.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// A model that gives logits and a loss for padded batches of the reference.
protocol TaskModel {
  var outline: ModelOutline { get }

  func outputs(_ batch: PaddedBatch, in pass: Pass) throws -> [TaskOutput]

  /// The loss of a batch whose labels stand beside it, shape `[]`.
  func loss(_ batch: PaddedBatch, in pass: Pass) throws -> Variable
}

/// Logits under the name that the reference has for them.
struct TaskOutput {
  let name: String
  /// One row a token, or one a sequence.
  let value: Tensor
  let rows: Rows

  enum Rows {
    /// `places` are the rows in the reference; `last` are our rows of the last token of each sequence.
    case tokens(places: [Int], last: [Int])
    case sequences
  }

  /// Tokens' rows as the model returned them, without those of padding.
  init(_ name: String, _ value: Tensor, of batch: PaddedBatch, _ states: HiddenStates) {
    self.name = name
    let real = batch.realRows(virtual: states.virtual)
    self.value = Variable(value).gatheringRows(real).value
    let places = batch.places(virtual: states.virtual)
    let width = batch.columns + states.virtual
    rows = .tokens(
      places: places,
      last: places.indices.filter { place in
        place + 1 == places.count || places[place] / width != places[place + 1] / width
      })
  }

  /// Sequences' rows.
  init(_ name: String, _ value: Tensor) {
    (self.name, self.value, self.rows) = (name, value, .sequences)
  }

  /// Compares with `theirs`, which has every place or only the last real one of each sequence.
  func compare(_ theirs: GoldenTensor, within bound: Bound, _ tally: inout Tally) throws {
    guard case .tokens(let places, let last) = rows else {
      return try tally.compare(value, with: theirs, within: bound)
    }
    let isWhole = theirs.shape.count == (value.columns == 1 ? 2 : 3)
    if isWhole {
      try tally.compare(value, with: theirs, rows: places, within: bound)
    } else {
      let ours = Variable(value).gatheringRows(last.map { Int32($0) }).value
      try tally.compare(ours, with: theirs, within: bound)
    }
  }
}
