// What a case writes its comparisons into: a fault ends the comparison it happens in, never the run.
import AdaptSystem
import AdaptTensors

/// The results of one case.
package struct CaseLog {
  package let name: String
  package private(set) var results: [GoldenResult] = []

  package init(_ name: String) {
    self.name = name
  }

  /// One comparison within bounds.
  mutating func compare(_ subject: String, _ body: (inout Tally) throws -> Void) {
    var tally = Tally()
    let name = name
    record(subject) {
      try body(&tally)
      guard tally.values > 0 else {
        throw GoldenFault.damaged(
          path: name, what: "nothing to compare", wanted: "numbers", got: "none")
      }
      return .compared(worst: tally.worst, values: tally.values)
    }
  }

  /// One comparison of what must be equal.
  mutating func expectEqual(_ subject: String, _ body: (inout Equality) throws -> Void) {
    var equality = Equality()
    record(subject) {
      try body(&equality)
      return .exact(difference: equality.difference, values: equality.values)
    }
  }

  /// Says that the folder has `subject` and the product does not do it yet.
  mutating func notImplemented(_ subject: String, _ reason: String) {
    results.append(GoldenResult(name: name, subject: subject, outcome: .notImplemented(reason)))
  }

  /// Lists the tensors of `golden` that no comparison asked for; one that broke may have left some.
  mutating func listUnread(_ golden: GoldenTensors) {
    let unread = golden.unread
    guard !unread.isEmpty, !results.contains(where: \.isMiss) else { return }
    notImplemented("other tensors", "nothing compares " + unread.joined(separator: ", "))
  }

  /// Runs `body`, whose fault is the result of the whole case.
  package mutating func whole(_ body: (inout CaseLog) throws -> Void) {
    do {
      try body(&self)
    } catch {
      results.append(GoldenResult(name: name, subject: "", outcome: Self.outcome(of: error)))
    }
  }

  private mutating func record(_ subject: String, _ body: () throws -> GoldenResult.Outcome) {
    let outcome: GoldenResult.Outcome
    do { outcome = try body() } catch { outcome = Self.outcome(of: error) }
    results.append(GoldenResult(name: name, subject: subject, outcome: outcome))
  }

  private static func outcome(of error: any Error) -> GoldenResult.Outcome {
    switch error {
    case let missing as NotImplemented: .notImplemented(missing.reason)
    case let fault as any DiagnosableError: .broken(fault.diagnosis)
    default: .broken(Diagnosis("\(error)"))
    }
  }
}

/// Things that must be equal, and the first that are not.
struct Equality {
  private(set) var difference: String?
  private(set) var values = 0

  mutating func expect<Value: Equatable>(_ ours: Value, _ theirs: Value, at place: String) {
    values += 1
    if ours != theirs { note("\(place): wanted \(theirs), got \(ours)") }
  }

  /// Equal elements in order; the place of the first that differs is named.
  mutating func expect<Value: Equatable>(_ ours: [Value], elements theirs: [Value], of name: String)
  {
    values += theirs.count
    if ours.count != theirs.count {
      note("\(name): wanted \(theirs.count) elements, got \(ours.count)")
    } else if let place = theirs.indices.first(where: { ours[$0] != theirs[$0] }) {
      note("\(name)[\(place)]: wanted \(theirs[place]), got \(ours[place])")
    }
  }

  /// Equal bits.
  mutating func expect(_ ours: Tensor, bits theirs: Tensor, of name: String) {
    expect(ours.shape, theirs.shape, at: "shape of \(name)")
    expect(
      ours.elements.map(\.bitPattern), elements: theirs.elements.map(\.bitPattern), of: name)
  }

  /// The same names, in any order.
  mutating func expect(names ours: some Sequence<String>, are theirs: some Sequence<String>) {
    let (ours, theirs) = (Set(ours), Set(theirs))
    values += theirs.count
    let (missing, surplus) = (theirs.subtracting(ours), ours.subtracting(theirs))
    if !missing.isEmpty { note("missing: " + missing.sorted().prefix(3).joined(separator: ", ")) }
    if !surplus.isEmpty { note("surplus: " + surplus.sorted().prefix(3).joined(separator: ", ")) }
  }

  private mutating func note(_ text: String) {
    difference = difference ?? text
  }
}
