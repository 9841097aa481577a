// Finds what is installed beside the binary: knowledge/ and recipes/, and the user's data folder.
package import Foundation

/// Where the product's own data lies.
package struct Resources: Sendable, Equatable {
  /// The folder that holds `knowledge/` and `recipes/`.
  package let home: URL

  package var knowledge: URL { home.appendingPathComponent("knowledge", isDirectory: true) }
  package var recipes: URL { home.appendingPathComponent("recipes", isDirectory: true) }

  package init(home: URL) {
    self.home = home
  }

  /// Finds the resources: `ADAPT_HOME`, else `<executable>/../share/adapt`, else the nearest parent
  /// of the executable that holds `knowledge/` and `Package.swift`.
  ///
  /// - Throws: `ResourcesFault` naming every folder that was tried.
  package static func locate(
    environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: URL = Resources.executable
  ) throws(ResourcesFault) -> Resources {
    if let home = environment["ADAPT_HOME"], !home.isEmpty {
      let folder = URL(fileURLWithPath: home, isDirectory: true)
      guard holds("knowledge", in: folder) else { throw .homeWithoutKnowledge(path: home) }
      return Resources(home: folder)
    }
    let binaries = executable.deletingLastPathComponent()
    let shared = binaries.deletingLastPathComponent().appendingPathComponent("share/adapt")
    if holds("knowledge", in: shared) { return Resources(home: shared) }
    var folder = binaries
    while folder.path != "/" {
      if holds("knowledge", in: folder), holds("Package.swift", in: folder) {
        return Resources(home: folder)
      }
      folder = folder.deletingLastPathComponent()
    }
    throw .notFound(tried: [shared.path, "every parent of \(binaries.path)"])
  }

  /// The running executable with its symbolic links resolved.
  package static var executable: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  }

  /// The user's folder for models: `ADAPT_MODELS`, else `$XDG_DATA_HOME/adapt/models`, else
  /// `~/.local/share/adapt/models`.
  package static func models(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    if let models = environment["ADAPT_MODELS"], !models.isEmpty {
      return URL(fileURLWithPath: models, isDirectory: true)
    }
    return userFolder("XDG_DATA_HOME", fallback: ".local/share", environment)
      .appendingPathComponent("models", isDirectory: true)
  }

  /// The user's folder for what can be made again: `$XDG_CACHE_HOME/adapt`, else `~/.cache/adapt`.
  package static func cache(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    userFolder("XDG_CACHE_HOME", fallback: ".cache", environment)
  }

  private static func userFolder(
    _ variable: String, fallback: String, _ environment: [String: String]
  ) -> URL {
    let base =
      environment[variable].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: environment["HOME"] ?? "/").appendingPathComponent(fallback)
    return base.appendingPathComponent("adapt", isDirectory: true)
  }

  private static func holds(_ name: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }
}

/// The product's own data could not be found.
package enum ResourcesFault: DiagnosableError, Equatable {
  case homeWithoutKnowledge(path: String)
  case notFound(tried: [String])

  package var diagnosis: Diagnosis {
    switch self {
    case .homeWithoutKnowledge(let path):
      Diagnosis(
        "ADAPT_HOME holds no `knowledge` folder", got: path,
        hint: "unset ADAPT_HOME or point it at the folder that holds knowledge/ and recipes/")
    case .notFound(let tried):
      Diagnosis(
        "cannot find the knowledge folder", place: tried.joined(separator: ", "),
        hint: "install with `make install PREFIX=…`, or set ADAPT_HOME")
    }
  }
}
