// What the machine can do at most.
import ArgumentParser

struct LimitsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limits",
    abstract: "Measure how fast memory is read and how many f32 multiply-adds a second there are.")

  @OptionGroup var options: BenchOptions

  func run() async throws {
    let session = try await Session("limits", options)
    for pool in Pools.all { _ = try session.measureLimits(on: pool, withMemory: true) }
    try session.finish()
  }
}
