// Numbers for people: three significant digits, groups of three, big ones with a suffix.
internal import Foundation

/// Prints quantities.
enum Quantity {
  /// `0.0123`, `20.5`, `1,234`, `184k`, `2.5M`, `1.3T`.
  static func short(_ value: Double) -> String {
    let size = abs(value)
    if size >= 100_000 {
      for (suffix, factor) in [("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)]
      where size >= factor {
        return rounded(value / factor) + suffix
      }
    }
    if size >= 1000 { return grouped(value.rounded()) }
    return rounded(value)
  }

  /// Three significant digits without trailing zeros.
  private static func rounded(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    let digits = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
    let text = String(format: "%.\(min(digits, 12))f", value)
    guard text.contains(".") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }
    return String((trimmed.first == "." ? trimmed.dropFirst() : trimmed).reversed())
  }

  private static func grouped(_ value: Double) -> String {
    let digits = Array(String(Int64(value.magnitude)))
    var text = value < 0 ? "-" : ""
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
