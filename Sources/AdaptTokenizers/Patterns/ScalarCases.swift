// Upper and lower case for patterns in which case does not count.

enum ScalarCases {
  /// Scalars of a range that are looked at one by one.
  private static let rangeLimit = 4096

  /// A scalar with its other cases, as far as these are single scalars.
  ///
  /// `s` and `k` have a third form each (the long s, the Kelvin sign), which count as well. The scalar
  /// itself comes first.
  static func variants(of scalar: UInt32) -> ScalarSet {
    var found = [scalar]
    func add(_ mapped: String) {
      let scalars = mapped.unicodeScalars
      guard scalars.count == 1, let value = scalars.first?.value, !found.contains(value)
      else { return }
      found.append(value)
    }
    if let properties = Unicode.Scalar(scalar)?.properties {
      for mapped in [
        properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping,
      ] {
        add(mapped)
        for other in mapped.unicodeScalars where mapped.unicodeScalars.count == 1 {
          add(other.properties.lowercaseMapping)
          add(other.properties.uppercaseMapping)
        }
      }
    }
    if found.contains(0x73) { add("\u{17F}") }
    if found.contains(0x6B) { add("\u{212A}") }
    return .ranges(found.map { $0...$0 })
  }

  /// All scalars of a range with their other cases.
  static func variants(of range: ClosedRange<UInt32>) throws(PatternReason) -> ScalarSet {
    guard range.count <= rangeLimit else {
      throw PatternReason("a range of more than \(rangeLimit) characters where case does not count")
    }
    var others: [ClosedRange<UInt32>] = [range]
    for scalar in range {
      guard case .ranges(let found) = variants(of: scalar) else { continue }
      others += found.filter { !range.contains($0.lowerBound) && !others.contains($0) }
    }
    return .ranges(others)
  }
}
