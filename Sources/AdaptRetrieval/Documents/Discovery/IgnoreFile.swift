// The rules of one git ignore file, read as git documents them (gitignore(5)).

/// An ordered list of patterns that hold below one folder.
struct IgnoreFile: Sendable {
  private struct Rule: Sendable {
    var segments: [Segment]
    var negated: Bool
    var foldersOnly: Bool
    /// `path:line: pattern`, for the summary.
    var name: String
  }

  private enum Segment: Sendable {
    case anyDepth
    case glob(GlobPattern)
  }

  /// What the last matching rule says.
  enum Verdict: Equatable {
    case ignored(rule: String)
    case kept
  }

  /// The folder the patterns are relative to, without a final slash.
  let folder: String
  private let rules: [Rule]

  /// Reads `text`, the content of the ignore file at `path`.
  init(text: String, path: String, folder: String) {
    self.folder = folder
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    rules = lines.enumerated().compactMap { index, line in
      Self.rule(line.last == "\r" ? line.dropLast() : line, name: "\(path):\(index + 1)")
    }
  }

  /// The verdict on a path below `folder`, or nil when no rule matches.
  func verdict(on path: String, isFolder: Bool) -> Verdict? {
    guard path.hasPrefix(folder + "/") || folder == "/" else { return nil }
    let names = path.dropFirst(folder == "/" ? 1 : folder.count + 1).split(separator: "/")
    for rule in rules.reversed() where isFolder || !rule.foldersOnly {
      if Self.matches(rule.segments, names) {
        return rule.negated ? .kept : .ignored(rule: rule.name)
      }
    }
    return nil
  }

  private static func rule(_ line: Substring, name: String) -> Rule? {
    var text = trimmingTrailingSpaces(line)
    guard !text.isEmpty, !text.hasPrefix("#") else { return nil }
    let shown = "\(name): \(text)"
    let negated = text.hasPrefix("!")
    if negated { text = text.dropFirst() }
    let foldersOnly = text.hasSuffix("/")
    if foldersOnly { text = text.dropLast() }
    let anchored = text.contains("/")
    let parts = text.split(separator: "/")
    // Like git, an empty segment matches nothing.
    guard !parts.isEmpty, !text.contains("//") else { return nil }
    var segments: [Segment] = parts.map { $0 == "**" ? .anyDepth : .glob(GlobPattern($0)) }
    if !anchored { segments.insert(.anyDepth, at: 0) }
    // `a/**` means all inside `a` and not `a` itself; `**` alone in the end must match a name.
    if parts.count > 1, parts.last == "**" { segments.append(.glob(GlobPattern("*"))) }
    return Rule(segments: segments, negated: negated, foldersOnly: foldersOnly, name: shown)
  }

  /// Spaces in the end do not count unless the last is escaped.
  private static func trimmingTrailingSpaces(_ line: Substring) -> Substring {
    var text = line
    while text.last == " ", !text.hasSuffix("\\ ") { text = text.dropLast() }
    return text
  }

  /// Matches segments against names; only the last `**` is ever retried, so it is never exponential.
  private static func matches(_ segments: [Segment], _ names: [Substring]) -> Bool {
    var (i, j) = (0, 0)
    var retry: (segment: Int, name: Int)?
    while j < names.count {
      if i < segments.count, case .anyDepth = segments[i] {
        retry = (i + 1, j)
        i += 1
      } else if i < segments.count, case .glob(let glob) = segments[i], glob.matches(names[j]) {
        i += 1
        j += 1
      } else if let (segment, name) = retry {
        retry = (segment, name + 1)
        i = segment
        j = name + 1
      } else {
        return false
      }
    }
    return segments[i...].allSatisfy { if case .anyDepth = $0 { true } else { false } }
  }
}
