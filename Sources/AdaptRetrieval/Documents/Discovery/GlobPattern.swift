// Matches one path segment against one segment of a git ignore pattern.

/// A pattern without slashes: `*`, `?`, `[a-z]`, `[!x]` and `\` escapes.
///
/// Matching is linear in pattern times name: only the last `*` is ever retried.
struct GlobPattern: Sendable, Equatable {
  private enum Element: Sendable, Equatable {
    case scalar(Unicode.Scalar)
    case any
    case run
    case set([ClosedRange<UInt32>], negated: Bool)

    func matches(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .scalar(let own): own == scalar
      case .any: true
      case .run: false
      case .set(let ranges, let negated): ranges.contains { $0 ~= scalar.value } != negated
      }
    }
  }

  private let elements: [Element]

  init(_ text: some StringProtocol) {
    elements = Self.parse(Array(text.unicodeScalars))
  }

  func matches(_ name: some StringProtocol) -> Bool {
    let scalars = Array(name.unicodeScalars)
    var (i, j) = (0, 0)
    var retry: (element: Int, scalar: Int)?
    while j < scalars.count {
      if i < elements.count, elements[i] == .run {
        retry = (i + 1, j)
        i += 1
      } else if i < elements.count, elements[i].matches(scalars[j]) {
        i += 1
        j += 1
      } else if let (element, scalar) = retry {
        retry = (element, scalar + 1)
        i = element
        j = scalar + 1
      } else {
        return false
      }
    }
    return elements[i...].allSatisfy { $0 == .run }
  }

  private static func parse(_ scalars: [Unicode.Scalar]) -> [Element] {
    var elements: [Element] = []
    var i = 0
    while i < scalars.count {
      switch scalars[i] {
      case "*":
        if elements.last != .run { elements.append(.run) }
      case "?": elements.append(.any)
      case "\\" where i + 1 < scalars.count:
        i += 1
        elements.append(.scalar(scalars[i]))
      case "[":
        if let (set, end) = parseSet(scalars, from: i + 1) {
          elements.append(set)
          i = end
        } else {
          elements.append(.scalar("["))
        }
      default: elements.append(.scalar(scalars[i]))
      }
      i += 1
    }
    return elements
  }

  /// A set and the index of its `]`, or nil when there is none: then `[` is an ordinary character.
  private static func parseSet(
    _ scalars: [Unicode.Scalar], from start: Int
  ) -> (Element, end: Int)? {
    var i = start
    let negated = i < scalars.count && (scalars[i] == "!" || scalars[i] == "^")
    if negated { i += 1 }
    var ranges: [ClosedRange<UInt32>] = []
    while i < scalars.count, scalars[i] != "]" || ranges.isEmpty {
      if scalars[i] == "\\", i + 1 < scalars.count { i += 1 }
      let low = scalars[i].value
      if i + 2 < scalars.count, scalars[i + 1] == "-", scalars[i + 2] != "]" {
        ranges.append(low...max(low, scalars[i + 2].value))
        i += 3
      } else {
        ranges.append(low...low)
        i += 1
      }
    }
    return i < scalars.count ? (.set(ranges, negated: negated), i) : nil
  }
}
