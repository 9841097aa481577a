// Walks the folders and files the user named.
import AdaptSystem
import Foundation

/// Finds the files to index below the user's paths, in a stable order.
package struct DocumentDiscovery: Sendable {
  /// The workspace folder, never indexed even when named; `.adapt` never is either.
  package var workspace: String?
  /// The largest file in bytes.
  package var largestFile: Int

  private static let deepest = 128

  package init(workspace: String? = nil, largestFile: Int = 64 << 20) {
    self.workspace = workspace.map(Self.absolute)
    self.largestFile = largestFile
  }

  /// All files below `paths`: files named here are taken even when hidden or ignored, links named here
  /// are followed; inside folders git ignore files hold, and links and hidden names are left out.
  ///
  /// - Throws: `FileFault.missing` or `.unreadable` for a path named here, `CancellationError`.
  package func discover(_ paths: [String]) throws -> Discovery {
    var walk = Walk(limits: self)
    for path in paths {
      // An empty name would mean the current folder; it is an unset variable of the shell.
      guard !path.isEmpty else { throw FileFault.missing(path: path) }
      let root = Self.absolute(path)
      walk.result.roots.append(root)
      try walk.start(at: root, named: path)
    }
    return walk.result
  }

  /// `path` from the root, without `.`, `..` and doubled slashes, links kept.
  static func absolute(_ path: String) -> String {
    let full =
      path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var parts: [Substring] = []
    for part in full.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private struct Walk {
    let limits: DocumentDiscovery
    var result = Discovery()
    private var seen: Set<String> = []

    init(limits: DocumentDiscovery) {
      self.limits = limits
    }

    mutating func start(at path: String, named name: String) throws {
      let status: FileStatus
      do {
        status = try FileStatus.of(path, following: true)
      } catch {
        throw error.code == ENOENT || error.code == ENOTDIR
          ? FileFault.missing(path: name)
          : FileFault.unreadable(path: name, reason: error.description)
      }
      if liesInWorkspace(path) { return skip(path, .workspace) }
      switch status.kind {
      case .folder:
        do {
          _ = try FileStatus.names(in: path)
        } catch {
          throw FileFault.unreadable(path: name, reason: error.description)
        }
        try enter(path, IgnoreRules(above: path), depth: 0)
      case .file: take(path, status)
      case .link, .other: skip(path, .notAFile)
      }
    }

    private mutating func enter(_ folder: String, _ outer: IgnoreRules, depth: Int) throws {
      try Task.checkCancellation()
      guard depth <= deepest else { return skip(folder, .tooDeep(limit: deepest)) }
      let rules = outer.entering(folder)
      let names: [String]
      do {
        names = try FileStatus.names(in: folder)
      } catch {
        return skip(folder, .unreadable(reason: error.description))
      }
      for name in names {
        try visit(folder == "/" ? "/" + name : folder + "/" + name, name, rules, depth)
      }
    }

    private mutating func visit(
      _ path: String, _ name: String, _ rules: IgnoreRules, _ depth: Int
    ) throws {
      let status: FileStatus
      do {
        status = try FileStatus.of(path, following: false)
      } catch {
        return skip(path, .unreadable(reason: error.description))
      }
      let isFolder = status.kind == .folder
      if isFolder, isWorkspace(path) { return skip(path, .workspace) }
      if name.hasPrefix(".") { return skip(path, .hidden) }
      if let rule = rules.ignoringRule(for: path, isFolder: isFolder) {
        return skip(path, .ignored(rule: rule))
      }
      switch status.kind {
      case .folder: try enter(path, rules, depth: depth + 1)
      case .file: take(path, status)
      case .link: skip(path, .symbolicLink)
      case .other: skip(path, .notAFile)
      }
    }

    private func isWorkspace(_ path: String) -> Bool {
      path == limits.workspace || (path as NSString).lastPathComponent == ".adapt"
    }

    private func liesInWorkspace(_ path: String) -> Bool {
      if path.split(separator: "/").contains(".adapt") { return true }
      guard let workspace = limits.workspace else { return false }
      return path == workspace || path.hasPrefix(workspace + "/")
    }

    private mutating func take(_ path: String, _ status: FileStatus) {
      guard status.bytes <= limits.largestFile else {
        return skip(path, .tooLarge(bytes: status.bytes, limit: limits.largestFile))
      }
      guard seen.insert(path).inserted else { return }
      result.files.append(
        DiscoveredFile(path: path, bytes: status.bytes, modified: status.modified))
    }

    private mutating func skip(_ path: String, _ reason: SkipReason) {
      guard seen.insert(path).inserted else { return }
      result.skipped.append(SkippedFile(path: path, reason: reason))
    }
  }
}
