// Finds programs before they are run, so that a missing one is named with its package.
import Foundation

/// Where programs lie and which package brings them.
package enum ExecutableSearch {
  /// Programs the product can use, and the Debian packages that hold them.
  private static let packages = [
    "curl": "curl", "pandoc": "pandoc", "pdftotext": "poppler-utils",
  ]

  /// The path of an executable file: `name` itself when it holds a slash, else looked up in `PATH`.
  package static func path(
    of name: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    if name.contains("/") { return isExecutable(name) ? name : nil }
    let folders = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    return folders.lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
  }

  /// The Debian package that holds `program`, or nil when it is none that the product uses.
  package static func debianPackage(of program: String) -> String? {
    packages[program]
  }

  private static func isExecutable(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && access(path, X_OK) == 0
  }
}
