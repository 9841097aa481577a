// Every command runs, prints a table and gives the JSON that records are kept as.
import AdaptTestSupport
import Foundation
import Testing

struct ReportTests {
  @Test(arguments: [
    ("limits", "GB/s", 0), ("products", "GFLOP/s", 50), ("attention", "GFLOP/s", 2),
    ("cross-entropy", "GFLOP/s", 2),
  ])
  func everyCommandReports(command: String, unit: String, least: Int) throws {
    let fixture = try BenchFixture()
    let table = try fixture.run([command, "--tiny", "--runs", "3", "--json", "report.json"])
    try #require(table.status == 0, "\(table.errors)")
    #expect(table.errors == "")
    let text = try String(contentsOfFile: fixture.folder.path("report.json"), encoding: .utf8)
    let report = try BenchReport(text)
    for key in ["commit", "memory_bytes", "kernel_level", "peak_memory"] {
      #expect(text.contains("\"\(key)\" : "))
    }
    #expect(report.schema == "adapt.bench/1")
    #expect(report.command == command)
    #expect(report.machine.cores > 0 && report.machine.memoryBytes > 0)
    #expect(!report.machine.processor.isEmpty && !report.machine.kernelLevel.isEmpty)
    #expect(report.blas.configuration.contains("OpenBLAS") && !report.blas.core.isEmpty)
    #expect(report.threads > 0)
    #expect(report.peakMemory > 1 << 20)
    #expect(!report.limits.isEmpty)
    #expect(report.results.count >= least)
    #expect((report.results + report.limits).contains { $0.unit == unit })
    for figure in report.limits + report.results {
      #expect(table.output.contains(figure.name), "\(figure.name)")
      check(figure)
    }
  }

  /// The median lies in its spread, and a share is of a limit of the same report and unit.
  private func check(_ figure: BenchReport.Figure) {
    #expect(figure.runs == 3)
    #expect(figure.median > 0 && figure.seconds > 0, "\(figure.name)")
    #expect(figure.spread.minimum <= figure.median && figure.median <= figure.spread.maximum)
    #expect((figure.limit == nil) == (figure.share == nil))
    guard let limit = figure.limit, let share = figure.share else { return }
    #expect(limit.unit == figure.unit && limit.value > 0)
    #expect(abs(share - figure.median / limit.value) < 1e-9)
  }

  /// Beside reading the same bytes, or where arithmetic is the limit beside the same product from a cache.
  @Test func everyWeightFormatHasItsLimit() throws {
    let results = try BenchFixture().report(["products", "--tiny", "--runs", "1"]).results
    for format in ["f32", "bf16", "f16", "int8", "nf4, block 64", "nf4, block 64, doubled"] {
      let own = results.filter { $0.name.contains(" \(format), ") && $0.unit == "GB/s" }
      #expect(!own.isEmpty, "\(format)")
      let isFromMemory = own.allSatisfy { $0.limit?.name.contains("read") == true }
      let isFromCache = own.allSatisfy { $0.limit?.name.contains("from a cache") == true }
      #expect(format.hasPrefix("nf4") ? isFromCache : isFromMemory, "\(format)")
    }
  }

  @Test func trainingHoldsMoreThanTheForwardPass() throws {
    for command in ["attention", "cross-entropy"] {
      // With more threads the peak depends on how many of them found work.
      let results = try BenchFixture().report(
        [command, "--tiny", "--runs", "1"], environment: ["ADAPT_THREADS": "1"]
      ).results
      let bytes = results.compactMap(\.peakTensorBytes)
      try #require(bytes.count == results.count && bytes.count >= 2)
      #expect(bytes[0] > 0 && bytes[0] <= bytes[1], "\(command): \(bytes)")
      #expect(results.allSatisfy { ($0.also?["tokens/s"] ?? 0) > 0 })
    }
  }

  @Test func theNumberOfThreadsIsThatOfTheEnvironment() throws {
    let one = try BenchFixture().report(
      ["limits", "--tiny", "--runs", "1"], environment: ["ADAPT_THREADS": "1"])
    #expect(one.threads == 1)
    #expect(one.limits.map(\.threads) == [1, 1])
    let three = try BenchFixture().report(
      ["limits", "--tiny", "--runs", "1"], environment: ["ADAPT_THREADS": "3"])
    #expect(three.limits.map(\.threads) == [1, 1, 3, 3])
  }

  @Test(arguments: [
    (["limit"], "did you mean `AdaptBench limits`?"),
    (["limits", "--runs", "0"], "wanted 1 to 1000, got 0"),
    (["limits", "--runs", "x"], "--runs"),
    (["products", "--tyni"], "AdaptBench products --help"),
    (["attention", "--tiny", "--json", "/nonexistent/a.json"], "/nonexistent/a.json"),
    (["embed", "--model", "/nonexistent"], "/nonexistent"), (["embed"], "--model"),
    (["embed", "--model", ".", "--limit", "0"], "at least 1"),
  ])
  func badInputIsOneMessage(arguments: [String], wanted: String) throws {
    #expect(try BenchFixture().failure(arguments).contains(wanted))
  }

  @Test func aFullDiskIsAnError() throws {
    let fixture = try BenchFixture()
    let shell = Binary(path: "/bin/sh")
    let result = try shell.run(
      ["-c", "\"\(fixture.binary.path)\" limits --tiny --runs 1 > /dev/full"],
      in: URL(fileURLWithPath: fixture.folder.path))
    #expect(result.status == 2)
    #expect(result.errors.contains("standard output"))
  }
}
