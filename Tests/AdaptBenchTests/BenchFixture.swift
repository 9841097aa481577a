// The built benchmark program in a folder of its own.
import AdaptTestSupport
import Foundation
import Testing

struct BenchFixture {
  let binary: Binary
  let folder: TemporaryFolder

  init() throws {
    binary = try Binary.built("AdaptBench")
    folder = try TemporaryFolder()
  }

  func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Binary.Result {
    try binary.run(
      arguments, in: URL(fileURLWithPath: folder.path), environment: environment)
  }

  /// The report of a run that must succeed.
  func report(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> BenchReport {
    let result = try run(arguments + ["--json", "-"], environment: environment)
    try #require(result.status == 0, "\(result.errors)")
    return try BenchReport(result.output)
  }

  /// The message of a run that must fail, which prints nothing else.
  func failure(_ arguments: [String]) throws -> String {
    let result = try run(arguments)
    #expect(result.status == 2)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("error: "))
    return result.errors
  }

  /// Files and folders in the fixture's folder.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }
}

/// The JSON of a run as another program would read it.
struct BenchReport: Decodable {
  struct Machine: Decodable {
    let processor: String
    let cores: Int
    let memoryBytes: Int
    let kernelLevel: String
  }
  struct Library: Decodable {
    let configuration: String
    let core: String
  }
  struct Spread: Decodable {
    let minimum: Double
    let maximum: Double
  }
  struct Limit: Decodable {
    let name: String
    let value: Double
    let unit: String
  }
  struct Figure: Decodable {
    let name: String
    let threads: Int
    let unit: String
    let median: Double
    let spread: Spread
    let seconds: Double
    let runs: Int
    let limit: Limit?
    let share: Double?
    let also: [String: Double]?
    let peakTensorBytes: Int?
  }

  let schema: String
  let command: String
  let machine: Machine
  let commit: String?
  let blas: Library
  let threads: Int
  let limits: [Figure]
  let results: [Figure]
  let peakMemory: Int

  init(_ text: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(BenchReport.self, from: Data(text.utf8))
  }
}
