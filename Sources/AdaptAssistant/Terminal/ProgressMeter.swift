// The one-line progress bar: how far, how fast, how long yet. Pure text; the caller owns the clock
// and the terminal.
import AdaptSystem

/// The words and numbers of one progress line.
package struct ProgressMeter: Sendable, Equatable {
  /// What is being done, such as "indexing".
  package var label: String
  /// What is counted, such as "files".
  package var unit: String
  package var done: Int
  /// Nil while it is not known.
  package var total: Int?
  /// Seconds since the start.
  package var elapsed: Double

  package init(label: String, unit: String, done: Int, total: Int?, elapsed: Double) {
    self.label = label
    self.unit = unit
    self.done = done
    self.total = total
    self.elapsed = elapsed
  }

  /// Units a second so far; nil before anything can be said.
  package var rate: Double? {
    done > 0 && elapsed >= 0.2 ? Double(done) / elapsed : nil
  }

  /// Seconds left at the present rate.
  package var remaining: Double? {
    guard let rate, let total, total > done else { return nil }
    return Double(total - done) / rate
  }

  /// The line, at most `width` columns.
  package func line(width: Int) -> String {
    var parts = [total.map { "\(done)/\($0) \(unit)" } ?? "\(done) \(unit)"]
    if let rate { parts.append("\(Self.short(rate))/s") }
    if let remaining { parts.append("\(Self.duration(remaining)) left") }
    let numbers = parts.joined(separator: " · ")
    guard let total, total > 0 else {
      return DisplayWidth.truncate("\(label) \(numbers)", to: width)
    }
    let fraction = min(1, max(0, Double(done) / Double(total)))
    let percent = "\(Int(fraction * 100))%"
    let fixed = DisplayWidth.columns(of: label + percent + numbers) + 5
    let bar = Self.bar(fraction, columns: min(30, max(0, width - fixed)))
    return DisplayWidth.truncate("\(label) \(bar) \(percent)  \(numbers)", to: width)
  }

  private static func bar(_ fraction: Double, columns: Int) -> String {
    let filled = Int((fraction * Double(columns)).rounded(.down))
    return String(repeating: "━", count: filled) + String(repeating: "╌", count: columns - filled)
  }

  static func short(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    return value >= 10 ? "\(Int(min(value, 1e9)))" : "\((value * 10).rounded() / 10)"
  }

  /// Seconds in words: `12 s`, `3 min 05 s`, `2 h 10 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let whole = Int(min(max(seconds, 0), 1e9).rounded(.up))
    let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
    return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
  }
}
