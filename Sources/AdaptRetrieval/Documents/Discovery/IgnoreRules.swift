// All git ignore files that hold at one place of the walk.
import AdaptSystem
import Foundation

/// A chain of ignore files, from the repository's own excludes to the deepest folder.
struct IgnoreRules: Sendable {
  private var files: [IgnoreFile] = []

  private static let largestFile = 1 << 20

  /// The rules above `folder`: `.git/info/exclude` and every `.gitignore` from the repository's root
  /// down to the folder's parent; none when no parent is a repository.
  init(above folder: String) {
    var parents: [String] = []
    var current = folder
    while true {
      if current != folder { parents.append(current) }
      if (try? FileStatus.of(current + "/.git", following: true)) != nil { break }
      guard current != "/", !current.isEmpty else { return }
      current = (current as NSString).deletingLastPathComponent
    }
    add(current + "/.git/info/exclude", holdingBelow: current)
    for parent in parents.reversed() { add(parent + "/.gitignore", holdingBelow: parent) }
  }

  /// The rules inside `folder`: those here and its own.
  func entering(_ folder: String) -> IgnoreRules {
    var inner = self
    inner.add(folder + "/.gitignore", holdingBelow: folder)
    if (try? FileStatus.of(folder + "/.git", following: true)) != nil {
      let exclude = IgnoreRules.read(folder + "/.git/info/exclude", holdingBelow: folder)
      if let exclude { inner.files.insert(exclude, at: max(0, inner.files.count - 1)) }
    }
    return inner
  }

  /// The rule that ignores `path`, or nil: the deepest file with a match decides, in it the last rule.
  func ignoringRule(for path: String, isFolder: Bool) -> String? {
    for file in files.reversed() {
      switch file.verdict(on: path, isFolder: isFolder) {
      case .ignored(let rule): return rule
      case .kept: return nil
      case nil: continue
      }
    }
    return nil
  }

  private mutating func add(_ path: String, holdingBelow folder: String) {
    if let file = Self.read(path, holdingBelow: folder) { files.append(file) }
  }

  private static func read(_ path: String, holdingBelow folder: String) -> IgnoreFile? {
    guard let bytes = try? BoundedFile.read(path, limit: largestFile) else { return nil }
    return IgnoreFile(text: String(decoding: bytes, as: UTF8.self), path: path, folder: folder)
  }
}
