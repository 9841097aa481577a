// Numbers as people write them: 13B, 24GB, 8k, 1.5M, 81.5%, 500ms, 3万.
internal import Foundation

/// Reads and writes numbers with suffixes.
package enum NumberText {
  private static let magnitudes: [(suffix: String, factor: Double)] = [
    ("million", 1e6), ("billion", 1e9), ("thousand", 1e3), ("trillion", 1e12),
    ("k", 1e3), ("m", 1e6), ("b", 1e9), ("g", 1e9), ("t", 1e12),
    ("百", 1e2), ("千", 1e3), ("万", 1e4), ("十万", 1e5), ("百万", 1e6), ("千万", 1e7), ("亿", 1e8),
    ("十亿", 1e9), ("百亿", 1e10), ("千亿", 1e11), ("万亿", 1e12),
  ]

  /// Units and what they are worth in the question's own unit.
  private static func units(_ unit: Question.Unit) -> [(suffix: String, factor: Double)] {
    switch unit {
    case .gigabytes:
      [
        ("gib", 1), ("gb", 1), ("g", 1), ("mib", 1.0 / 1024), ("mb", 1.0 / 1024),
        ("tib", 1024), ("tb", 1024), ("m", 1.0 / 1024), ("t", 1024),
      ]
    case .seconds:
      [
        ("ms", 1e-3), ("毫秒", 1e-3), ("seconds", 1), ("second", 1), ("sec", 1), ("秒", 1),
        ("秒钟", 1), ("s", 1), ("minutes", 60), ("minute", 60), ("min", 60), ("分钟", 60),
      ]
    case .hours:
      [
        ("gpu-hours", 1), ("gpuhours", 1), ("hours", 1), ("hour", 1), ("小时", 1), ("个小时", 1),
        ("h", 1), ("days", 24), ("day", 24), ("天", 24), ("d", 24),
      ]
    case .share: [("%", 1.0 / 100), ("％", 1.0 / 100)]
    case .tokens: [("tokens", 1), ("token", 1), ("词元", 1)]
    case .parameters: [("parameters", 1), ("params", 1), ("参数", 1)]
    case .money:
      [("$", 1), ("€", 1), ("¥", 1), ("元", 1), ("美元", 1), ("usd", 1), ("eur", 1), ("rmb", 1)]
    case .count:
      [
        ("examples", 1), ("example", 1), ("pairs", 1), ("条", 1), ("个", 1), ("对", 1), ("次", 1),
        ("种", 1), ("类", 1), ("核", 1), ("cores", 1), ("/day", 1), ("perday", 1), ("aday", 1),
      ]
    }
  }

  /// The number in the question's unit, or nil when it cannot be read or is not finite.
  static func parse(_ text: String, unit: Question.Unit) -> Double? {
    // Full-width digits, letters and signs are what a Chinese keyboard types.
    let halfWidth = text.applyingTransform(.fullwidthToHalfwidth, reverse: false) ?? text
    guard let grouped = withoutSeparators(halfWidth.lowercased()) else { return nil }
    var rest = grouped
    for word in ["about", "roughly", "around", "大约", "约"] where rest.hasPrefix(word) {
      rest.removeFirst(word.count)
    }
    rest = String(rest.drop { "$€¥~≈".contains($0) })
    if rest.hasSuffix("+") { rest.removeLast() }
    var factor = 1.0
    if let known = units(unit).filter({ rest.hasSuffix($0.suffix) }).longest {
      factor *= known.factor
      rest.removeLast(known.suffix.count)
    }
    if unit != .gigabytes || factor == 1.0,
      let known = magnitudes.filter({ rest.hasSuffix($0.suffix) }).longest
    {
      factor *= known.factor
      rest.removeLast(known.suffix.count)
    }
    guard rest.allSatisfy({ $0.isASCII && ($0.isNumber || ".e+-".contains($0)) }),
      let number = Double(rest)
    else { return nil }
    let value = number * factor
    return value.isFinite ? value : nil
  }

  /// The text without spaces and thousands separators; nil when a comma separates no thousands, as in
  /// `1,5`, which some read as 1.5 and others as 15.
  private static func withoutSeparators(_ text: String) -> String? {
    let text = text.filter { !$0.isWhitespace && $0 != "_" }.replacing("，", with: ",")
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    for part in parts.dropFirst() where part.prefix(while: \.isNumber).count != 3 { return nil }
    return parts.joined()
  }

  /// Shortest spelling that `parse` reads back: `13B`, `24GB`, `8k`, `0.815`.
  package static func compact(_ value: Double, unit: Question.Unit) -> String {
    switch unit {
    case .gigabytes: return plain(value) + "GB"
    case .seconds: return plain(value) + "s"
    case .hours, .share, .money: return plain(value)
    case .count, .tokens, .parameters: break
    }
    for (suffix, factor) in [("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)]
    where abs(value) >= factor {
      let scaled = plain(value / factor)
      if scaled.utf8.count <= 5 { return scaled + suffix }
    }
    return plain(value)
  }

  static func example(of unit: Question.Unit) -> String {
    switch unit {
    case .gigabytes: "24GB"
    case .seconds: "2s or 500ms"
    case .hours: "100"
    case .share: "0.9 or 90%"
    case .tokens: "8k or 1.5M"
    case .parameters: "7B"
    case .money: "2.5"
    case .count: "500 or 2k"
    }
  }

  /// A number without exponent or trailing zeros.
  package static func plain(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    let text = String(format: "%.6f", value)
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(trimmed.reversed())
  }
}

extension Array where Element == (suffix: String, factor: Double) {
  fileprivate var longest: (suffix: String, factor: Double)? {
    self.max { $0.suffix.count < $1.suffix.count }
  }
}
