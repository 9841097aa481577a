// Runs other programs (pandoc, pdftotext, curl) so that none of them can hang the product, fill its
// memory or leave orphans behind.
import Subprocess
import SystemPackage

/// One run of another program, with limits; its standard input is `input`, never the terminal.
package struct ChildProcess: Sendable, Equatable {
  /// What a run may use up before it is killed.
  package struct Limits: Sendable, Equatable {
    package var seconds: Double
    /// Bytes of standard output.
    package var outputBytes: Int

    package init(seconds: Double = 60, outputBytes: Int = 64 << 20) {
      self.seconds = seconds
      self.outputBytes = outputBytes
    }
  }

  /// How a program ended.
  package struct Exit: Sendable, Equatable {
    /// The exit code, or 128 + the signal's number, as shells count.
    package var status: Int32
    /// The first 64 KiB of standard error; bytes that are not UTF-8 are replaced.
    package var errorText: String
  }

  /// A finished run: how it ended and what it wrote.
  package struct Output: Sendable, Equatable {
    package var status: Int32
    package var standardOutput: [UInt8]
    package var errorText: String
  }

  /// A name looked up in `PATH`, or a path when it holds a slash.
  package var program: String
  package var arguments: [String]
  package var input: [UInt8]
  package var limits: Limits

  private static let errorBytes = 64 << 10

  package init(
    _ program: String, _ arguments: [String] = [], input: [UInt8] = [], limits: Limits = Limits()
  ) {
    self.program = program
    self.arguments = arguments
    self.input = input
    self.limits = limits
  }

  /// Runs the program to its end and gives all it wrote; any exit status is a result.
  ///
  /// - Throws: `ChildProcessFault` when it is missing or hits a limit, `CancellationError` when the
  ///   task is cancelled; in both cases the program and its process group are gone.
  package func run() async throws -> Output {
    let collected = Collector()
    let exit = try await stream { await collected.append($0) }
    return Output(
      status: exit.status, standardOutput: await collected.bytes, errorText: exit.errorText)
  }

  /// As `run()`, but an exit status other than 0 is thrown as `ChildProcessFault.failed`.
  package func checkedOutput() async throws -> [UInt8] {
    let output = try await run()
    guard output.status == 0 else {
      throw ChildProcessFault.failed(
        program: program, status: output.status, message: output.errorText)
    }
    return output.standardOutput
  }

  /// Runs the program and hands on its output piece by piece, as soon as it is written.
  ///
  /// The next piece is read when `receive` returns, so a slow receiver slows the program down. An
  /// error thrown by `receive` kills the program and is thrown on.
  ///
  /// - Throws: as `run()`, and what `receive` throws.
  package func stream(
    _ receive: @escaping @Sendable ([UInt8]) async throws -> Void
  ) async throws -> Exit {
    guard let path = ExecutableSearch.path(of: program) else {
      throw ChildProcessFault.missing(
        program: program, package: ExecutableSearch.debianPackage(of: program))
    }
    let limits = limits
    let program = program
    return try await withThrowingTaskGroup(of: Exit?.self) { group in
      group.addTask { try await launch(path, receive) }
      group.addTask {
        try await Task.sleep(for: .seconds(limits.seconds))
        throw ChildProcessFault.timedOut(program: program, seconds: limits.seconds)
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let exit = first else { throw CancellationError() }
      try Task.checkCancellation()
      return exit
    }
  }

  private func launch(
    _ path: String, _ receive: @Sendable ([UInt8]) async throws -> Void
  ) async throws -> Exit {
    let descriptor = try AnonymousFile.open(holding: input, for: program)
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)), arguments: Arguments(arguments), platformOptions: Self.ownGroup,
        input: .fileDescriptor(
          FileDescriptor(rawValue: descriptor), closeAfterSpawningProcess: true),
        output: .sequence, error: .sequence
      ) { execution in
        async let errors = Self.head(of: execution.standardError)
        try await pump(execution.standardOutput, to: receive)
        return try await errors
      }
      let status = Self.number(of: result.terminationStatus)
      return Exit(status: status, errorText: result.closureResult)
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw ChildProcessFault.notStarted(program: program, reason: "\(error)")
    }
  }

  private func pump(
    _ output: SubprocessOutputSequence, to receive: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    var total = 0
    for try await buffer in output {
      total += buffer.count
      guard total <= limits.outputBytes else {
        throw ChildProcessFault.outputTooLarge(program: program, limit: limits.outputBytes)
      }
      try await receive(buffer.withUnsafeBytes { Array($0) })
    }
  }

  /// Reads all of standard error, so that the program never blocks on it, and keeps its beginning.
  private static func head(of errors: SubprocessOutputSequence) async throws -> String {
    var kept: [UInt8] = []
    for try await buffer in errors where kept.count < errorBytes {
      buffer.withUnsafeBytes { kept.append(contentsOf: $0.prefix(errorBytes - kept.count)) }
    }
    return String(decoding: kept, as: UTF8.self)
  }

  /// A process group of its own, so that killing it reaches what the program itself has started.
  private static var ownGroup: PlatformOptions {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(200))
    ]
    return options
  }

  private static func number(of status: TerminationStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 &+ signal
    }
  }
}

/// Gathers the pieces of a stream.
private actor Collector {
  private(set) var bytes: [UInt8] = []

  func append(_ more: [UInt8]) {
    bytes.append(contentsOf: more)
  }
}
