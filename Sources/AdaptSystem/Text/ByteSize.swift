// Sizes and counts as people read them.
import Foundation

/// Bytes in the largest unit that leaves a number above 1.
package enum ByteSize {
  /// `1.5 GiB`, `12 MiB`, `300 bytes`.
  package static func text(_ bytes: Int) -> String {
    var (value, unit) = (Double(bytes), 0)
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
    let isShort = unit > 0 && value < 10
    return String(format: isShort ? "%.1f" : "%.0f", value) + " " + units[unit]
  }
}

/// Large counts in the largest unit.
package enum CountText {
  /// `7.2B`, `135M`, `260K`, `42`.
  package static func brief(_ count: Int) -> String {
    for (unit, size) in [("B", 1e9), ("M", 1e6), ("K", 1e3)] where Double(count) >= size {
      let value = Double(count) / size
      return String(format: value < 10 ? "%.1f" : "%.0f", value) + unit
    }
    return "\(count)"
  }
}
