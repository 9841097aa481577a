// Collects every fault of a load, so that all of a file's faults are told at once.
internal import AdaptSystem

/// The faults found so far.
final class FaultLog {
  private(set) var faults: [Diagnosis] = []

  func add(_ diagnosis: Diagnosis) {
    faults.append(diagnosis)
  }

  /// Adds a fault at a place in a file.
  func add(
    _ what: String, wanted: String? = nil, got: String? = nil, at datum: Datum, in file: String,
    hint: String? = nil
  ) {
    let place = datum.line > 0 ? "\(file):\(datum.line):\(datum.column)" : file
    add(Diagnosis(what, wanted: wanted, got: got, place: place, hint: hint))
  }
}
