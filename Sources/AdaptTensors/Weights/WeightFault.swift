// What can be wrong with weights that are quantised, or read in quantised form.
package import AdaptSystem

/// A weight that cannot take, or did not have, the resting form asked for.
package enum WeightFault: DiagnosableError, Equatable {
  case file(SafetensorsFault)
  case notFinite(row: Int, column: Int, value: String)
  /// `count` weights are too large for f16.
  case beyondRange(count: Int, largest: Float)
  case block(Int)
  /// The parts of a quantised tensor contradict each other or are of a kind not known.
  case quantised(path: String, name: String, wanted: String, got: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .notFinite(let row, let column, let value):
      Diagnosis(
        "a weight is not a finite number", got: value, place: "row \(row), column \(column)",
        hint: "the weights are damaged, or training diverged before they were saved")
    case .beyondRange(let count, let largest):
      Diagnosis(
        "\(count) weights are too large for f16", wanted: "at most 65504", got: "\(largest)",
        hint: "use bf16")
    case .block(let block):
      Diagnosis("unusable block of NF4", wanted: "an even number of weights", got: "\(block)")
    case .quantised(let path, let name, let wanted, let got):
      Diagnosis(
        "unusable quantised tensor `\(name)`", wanted: wanted, got: got, place: path,
        hint: "read are NF4 tensors as bitsandbytes saves them")
    }
  }
}
