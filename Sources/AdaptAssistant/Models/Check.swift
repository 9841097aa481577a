// One thing that `adapt doctor` looked at.
package import AdaptSystem

/// What was looked at, how it stands, and how to mend it.
package struct Check: Encodable, Equatable, Sendable {
  package enum State: String, Encodable, Sendable {
    /// Works.
    case ok
    /// Optional and not there.
    case missing
    /// Needed, and not there or damaged.
    case broken
  }

  package let name: String
  package let state: State
  package let detail: String
  package var mend: String?

  package init(name: String, state: State, detail: String, mend: String? = nil) {
    self.name = name
    self.state = state
    self.detail = detail
    self.mend = mend
  }

  /// A check that failed with an error of ours.
  package init(name: String, _ error: any DiagnosableError, state: State = .broken) {
    var diagnosis = error.diagnosis
    let mend = diagnosis.hint
    diagnosis.hint = nil
    self.init(name: name, state: state, detail: diagnosis.text, mend: mend)
  }

  package var block: WalkBlock {
    let text = "\(name): \(detail)" + (mend.map { " → \($0)" } ?? "")
    return switch state {
    case .ok: .success(text)
    case .missing: .warning(text)
    case .broken: .fault(Diagnosis("\(name): \(detail)", hint: mend))
    }
  }
}
