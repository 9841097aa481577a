// Results as lines for people; the executable prints them.
import AdaptSystem

extension GoldenResult {
  /// One line: whether it holds, the case, what was compared, and its worst error against its bound.
  package var line: String {
    let head = (isMiss ? "FAIL  " : "pass  ") + name.padded(34) + " " + subject.padded(22) + " "
    switch outcome {
    case .compared(let worst, let values):
      guard let worst else { return head + "\(values) equal" }
      return head
        + "\(worst.error.short) of \(worst.bound.short) at \(worst.place) (\(values) numbers)"
    case .exact(let difference, let values):
      return head + (difference ?? "\(values) equal")
    case .broken(let diagnosis):
      return head + diagnosis.text.split(separator: "\n").joined(separator: " ")
    case .notImplemented(let reason):
      let place = subject.isEmpty ? name : name + ", " + subject
      return "not implemented: \(place): \(reason)"
    }
  }
}

/// The end of a run.
package struct GoldenSummary: Sendable, Equatable {
  package let passed: Int
  package let missed: Int
  package let notImplemented: Int

  package init(_ results: [GoldenResult]) {
    missed = results.count { $0.isMiss }
    notImplemented = results.count { $0.isNotImplemented }
    passed = results.count - missed - notImplemented
  }

  package var line: String {
    "\(passed) comparisons pass, \(missed) fail, \(notImplemented) not implemented"
  }

  /// 0 where nothing failed and something passed.
  package var status: Int32 { missed == 0 && passed > 0 ? 0 : 1 }
}

extension Double {
  /// Two digits and the power of ten.
  fileprivate var short: String {
    guard isFinite else { return "infinity" }
    guard self != 0 else { return "0" }
    var (mantissa, power) = (magnitude, 0)
    while mantissa >= 9.95 { (mantissa, power) = (mantissa / 10, power + 1) }
    while mantissa < 0.995 { (mantissa, power) = (mantissa * 10, power - 1) }
    let digits = (mantissa * 10).rounded() / 10
    return "\(digits)e\(power)"
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
