// Line by line streaming: what server-sent events and progress output need.

extension ChildProcess {
  /// Runs the program and hands on each line of its output as soon as its end is seen.
  ///
  /// Lines end in `\n` or `\r\n` and come without their ends; bytes that are not UTF-8 are replaced;
  /// a last line without an end is handed on too.
  ///
  /// - Throws: as `stream(_:)`, and `ChildProcessFault.lineTooLong` beyond `longest` bytes.
  package func streamLines(
    longest: Int = 1 << 20, _ receive: @escaping @Sendable (String) async throws -> Void
  ) async throws -> Exit {
    let splitter = LineSplitter(longest: longest, program: program)
    let exit = try await stream { bytes in
      for line in try await splitter.lines(adding: bytes) { try await receive(line) }
    }
    if let rest = await splitter.rest() { try await receive(rest) }
    return exit
  }
}

/// Cuts a stream of bytes into lines, holding at most one unfinished line.
private actor LineSplitter {
  private var pending: [UInt8] = []
  private let longest: Int
  private let program: String

  init(longest: Int, program: String) {
    self.longest = longest
    self.program = program
  }

  func lines(adding bytes: [UInt8]) throws -> [String] {
    var lines: [String] = []
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: 0x0A) {
      pending.append(contentsOf: bytes[start..<end])
      lines.append(takeLine())
      start = end + 1
    }
    pending.append(contentsOf: bytes[start...])
    guard pending.count <= longest else {
      throw ChildProcessFault.lineTooLong(program: program, limit: longest)
    }
    return lines
  }

  func rest() -> String? {
    pending.isEmpty ? nil : takeLine()
  }

  private func takeLine() -> String {
    if pending.last == 0x0D { pending.removeLast() }
    defer { pending.removeAll(keepingCapacity: true) }
    return String(decoding: pending, as: UTF8.self)
  }
}
