// One run of the program: what it prints while it measures, and the JSON at its end.
import AdaptSystem
import AdaptTensors
import Foundation

/// Collects the figures of one command.
final class Session {
  let options: BenchOptions
  private let head: ReportHead
  private var limits: [Figure] = []
  private var results: [Figure] = []

  /// Checks the options and prints what machine and code the figures are of.
  ///
  /// - Throws: What `BenchOptions.check` throws.
  init(_ command: String, _ options: BenchOptions) async throws {
    try options.check()
    self.options = options
    head = ReportHead(
      command: command, machine: .current(), commit: await .current(), blas: .current(),
      threads: ThreadPool.shared.threads)
    try print(Table.head(head))
  }

  /// Measures the machine's limits at `pool`'s threads and adds them to the report.
  func measureLimits(on pool: ThreadPool, withMemory: Bool) throws -> MachineLimits {
    let measured = try MachineLimits.measure(options, on: pool, withMemory: withMemory)
    for figure in [measured.read, measured.arithmetic].compactMap({ $0 }) {
      limits.append(figure)
      try print(Table.row(figure))
    }
    PeakMemory.restart()
    return measured
  }

  func begin(_ section: String) throws { try print("\n\(section)\n") }

  func add(_ figure: Figure) throws {
    results.append(figure)
    try print(Table.row(figure))
  }

  /// Prints the peak and writes the JSON.
  ///
  /// - Throws: `FileFault.unwritable`.
  func finish() throws {
    let peak = PeakMemory.bytes
    if let peak { try print("\npeak memory  \(peak >> 20) MiB\n") }
    guard let path = options.jsonPath else { return }
    let report = Report(head: head, limits: limits, results: results, peakMemory: peak)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let text = try encoder.encode(report) + Data("\n".utf8)
    if options.printsTable {
      try AtomicFile.write(text, to: path)
    } else {
      try Console.write(String(decoding: text, as: UTF8.self))
    }
  }

  private func print(_ text: String) throws(FileFault) {
    if options.printsTable { try Console.write(text) }
  }
}

/// What a report says before its figures.
struct ReportHead: Sendable {
  /// The command with the sizes that it was given.
  let command: String
  let machine: Machine
  let commit: Commit?
  let blas: BLASLibrary
  let threads: Int
}

/// The JSON of a run.
private struct Report: Encodable {
  let head: ReportHead
  let limits: [Figure]
  let results: [Figure]
  let peakMemory: Int?

  enum CodingKeys: String, CodingKey {
    case schema, command, machine, commit, commitIsChanged, blas, threads, limits, results
    case peakMemory
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("adapt.bench/1", forKey: .schema)
    try container.encode(head.command, forKey: .command)
    try container.encode(head.machine, forKey: .machine)
    try container.encode(head.commit?.name, forKey: .commit)
    try container.encode(head.commit?.isChanged, forKey: .commitIsChanged)
    try container.encode(head.blas, forKey: .blas)
    try container.encode(head.threads, forKey: .threads)
    try container.encode(limits, forKey: .limits)
    try container.encode(results, forKey: .results)
    try container.encode(peakMemory, forKey: .peakMemory)
  }
}
