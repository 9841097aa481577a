// Makes a model folder of random weights.
import AdaptTensors
import ArgumentParser
import Foundation

struct ModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Write a model folder of random weights.",
    discussion: """
      Configurations by name: \(NamedConfigurations.all.map(\.name).joined(separator: ", ")); or the path \
      of a config.json (\(ModelPlan.decoderTypes.joined(separator: ", ")), gpt2, bert). Weights are nearly normal with deviation 0.02, norms \
      change no scale, biases are 0. The same configuration, seed and type give the same bytes on any machine.
      """)

  @Argument(help: ArgumentHelp("A name, or the path of a config.json.", valueName: "config"))
  var source: String

  @Option(help: "The random numbers to use.")
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var out: String

  @Option(help: "float32, bfloat16 or float16.")
  var dtype = WeightType.float32

  @Flag(help: "Replace a model folder that is there.")
  var force = false

  @OptionGroup var options: BenchOptions

  func run() async throws {
    let configuration = try ModelConfiguration(source)
    let plan = try ModelPlan(configuration)
    let model = RandomModel(
      plan: plan, configuration: configuration, seed: seed, type: dtype.elementType)
    try model.check(place: folder, isForced: force)
    let session = try await Session("model \(source) --seed \(seed) --dtype \(dtype)", options)
    try session.begin("\(plan.parameters) parameters, \(model.bytes) bytes")
    let seconds = try Timing.time { try model.write(to: folder, isForced: force) }
    try session.add(
      Figure(
        "written to the disk", threads: 1, .rate("MB/s", work: Double(model.bytes) / 1e6),
        Timing([seconds])
      ).also(Double(plan.parameters), "parameters/s"))
    try session.finish()
  }

  /// `out` without slashes at its end, which renaming does not like.
  private var folder: String {
    var path = out
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}

/// What the weights may be stored as.
enum WeightType: String, ExpressibleByArgument, CaseIterable {
  case float32
  case bfloat16
  case float16

  var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }
}
