// Why a run of another program gave no result.

/// A program that could not be run to its end.
package enum ChildProcessFault: DiagnosableError, Equatable {
  /// `package` is the Debian package that holds the program, where known.
  case missing(program: String, package: String?)
  case notStarted(program: String, reason: String)
  case timedOut(program: String, seconds: Double)
  case outputTooLarge(program: String, limit: Int)
  case lineTooLong(program: String, limit: Int)
  case failed(program: String, status: Int32, message: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .missing(let program, let package):
      Diagnosis(
        "program `\(program)` is not installed",
        hint: package.map { "apt-get install \($0)" } ?? "install it, or add its folder to PATH")
    case .notStarted(let program, let reason):
      Diagnosis("cannot run `\(program)`: \(reason)")
    case .timedOut(let program, let seconds):
      Diagnosis("`\(program)` took too long and was ended", wanted: "at most \(seconds) seconds")
    case .outputTooLarge(let program, let limit):
      Diagnosis("`\(program)` wrote too much and was ended", wanted: "at most \(limit) bytes")
    case .lineTooLong(let program, let limit):
      Diagnosis("`\(program)` wrote too long a line", wanted: "at most \(limit) bytes")
    case .failed(let program, let status, let message):
      Diagnosis(
        "`\(program)` failed", wanted: "exit status 0", got: "\(status)",
        hint: message.split(whereSeparator: \.isNewline).first.map { "it said: \($0)" })
    }
  }
}
