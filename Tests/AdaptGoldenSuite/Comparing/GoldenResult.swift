// What a run of the suite yields: one result a comparison, which others print.
package import AdaptSystem

/// One comparison of one case, or why there is none.
package struct GoldenResult: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    /// Numbers were compared; `worst` is the one nearest to, or furthest beyond, its bound.
    case compared(worst: Deviation?, values: Int)
    /// What must be equal was compared; the reason says where it is not, nil where all is.
    case exact(difference: String?, values: Int)
    /// The case could not be read or run.
    case broken(Diagnosis)
    /// The folder has it and the product does not do it yet.
    case notImplemented(String)
  }

  /// Folder of the case below the root: `models/llama`.
  package let name: String
  /// What was compared: `gradients`.
  package let subject: String
  package let outcome: Outcome

  package var isMiss: Bool {
    switch outcome {
    case .compared(let worst, _): worst.map { !$0.isWithin } ?? false
    case .exact(let difference, _): difference != nil
    case .broken: true
    case .notImplemented: false
    }
  }

  package var isNotImplemented: Bool {
    if case .notImplemented = outcome { true } else { false }
  }
}

/// How far one number is from the reference.
package struct Deviation: Sendable, Equatable {
  /// |ours − reference|; infinite where one of them is not finite and they are not equal.
  package var error: Double
  package var bound: Double
  /// Tensor and index in the reference: `right.logits[1, 3, 20]`.
  package var place: String

  package var isWithin: Bool { error <= bound }

  /// Error in units of the bound, which orders numbers of different bounds.
  var ratio: Double { bound > 0 ? error / bound : (error > 0 ? .infinity : 0) }
}
