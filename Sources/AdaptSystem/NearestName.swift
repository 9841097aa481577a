// Finds what the user probably meant, for the hints of errors.

/// The nearest known names to a mistyped one, by edit distance.
package enum NearestName {
  /// The candidate closest to `name`, or nil when none is within a third of its length.
  ///
  /// Distance is optimal string alignment over Unicode scalars, ignoring case; ties go to the first candidate.
  package static func best(for name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = editDistance(wanted, Array(candidate.lowercased().unicodeScalars))
      if distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    guard let best, best.distance <= max(1, max(wanted.count, best.name.count) / 3) else {
      return nil
    }
    return best.name
  }

  /// A hint that names the nearest candidate and lists them all: "did you mean `x`? One of: …".
  package static func hint(for name: String, among candidates: some Collection<String>) -> String {
    let list = "One of: " + candidates.joined(separator: ", ")
    guard let nearest = best(for: name, among: candidates) else { return list }
    return "did you mean `\(nearest)`? \(list)"
  }

  /// Insertions, deletions, substitutions and swaps of neighbours between two scalar sequences.
  static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    guard !a.isEmpty else { return b.count }
    guard !b.isEmpty else { return a.count }
    var before = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in 1...a.count {
      var current = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          current[j] = min(current[j], before[j - 2] + 1)
        }
      }
      before = previous
      previous = current
    }
    return previous[b.count]
  }
}
