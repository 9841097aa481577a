// A step of training, as the scripts of the peers take it: random tokens, every token a label.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTraining
import ArgumentParser
import Foundation

struct StepCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Measure a training step of a random Llama: tokens a second and peak memory.",
    discussion: """
      Every dense layer but the output head gets LoRA; --method full trains all parameters. The loss is \
      taken of every token. Peak memory is of the whole process: run once for each setting.
      """)

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case lora
    case full
  }

  @Argument(help: "smol135, tiny15, … or a config.json, as for `model`.")
  var config: String

  @Option(help: "What is trained: \(Method.allCases.map(\.rawValue).joined(separator: ", ")).")
  var method = Method.lora

  @Option(help: "Rank of LoRA; alpha is twice that.")
  var rank = 16

  @Option(help: "Sequences of a step.")
  var batch = 4

  @Option(help: "Tokens of a sequence.")
  var length = 256

  @Flag(help: "Keep only the input of each layer, and run layers again in the backward pass.")
  var checkpointing = false

  @OptionGroup var options: BenchOptions

  func run() async throws {
    for (option, value) in [("--rank", rank), ("--batch", batch), ("--length", length)] {
      guard (1...65_536).contains(value) else {
        throw BenchFault.outOfRange(option: option, wanted: "1 to 65536", got: value)
      }
    }
    let session = try await Session("step \(config) \(method.rawValue)", options)
    let limits = try session.measureLimits(on: .shared, withMemory: false)
    let model = try randomModel()
    let step = try TrainingStep(model, adapter(of: model), (batch, length), checkpointing)
    let kind = checkpointing ? ", checkpointing" : ""
    try session.begin("\(config), \(method.rawValue), \(batch) × \(length) tokens\(kind)")
    let (timings, bytes) = try step.measure(runs: options.runs)
    let tokens = Double(batch * length)
    try session.add(
      Figure(
        "step", threads: ThreadPool.shared.threads, .rate("tokens/s", work: tokens), timings.whole
      )
      .holding(bytes))
    let threads = ThreadPool.shared.threads
    for (name, timing) in [
      ("forward", timings.forward), ("backward", timings.backward), ("AdamW", timings.update),
    ] {
      try session.add(Figure(name, threads: threads, .milliseconds, timing))
    }
    try session.add(
      Figure(
        "dense products", threads: threads,
        .rate("GFLOP/s", work: step.operations / 1e9), timings.whole
      ).of(limits.arithmetic))
    try session.finish()
  }

  /// A model of random weights in a folder that is gone once they are mapped.
  private func randomModel() throws -> any CausalLanguageModel {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "adapt-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let configuration = try ModelConfiguration(config)
    let plan = try ModelPlan(configuration)
    try RandomModel(plan: plan, configuration: configuration, seed: 1, type: .float32)
      .write(to: folder.path, isForced: false)
    return try CausalModels.open(folder: folder)
  }

  private func adapter(of model: any CausalLanguageModel) throws -> (Adapter, [Trainable]) {
    switch method {
    case .full:
      let adapter = Adapter(training: model.outline) { _ in true }
      let trainables = model.outline.parameters.compactMap { parameter -> Trainable? in
        guard case .trainable(let trainable) = adapter.parameters[parameter.number] else {
          return nil
        }
        return trainable
      }
      return (adapter, trainables)
    case .lora:
      var modules = ModuleSelection()
      modules.targets = .allLinear
      let lora = try LoRA(
        LoRAConfiguration(rank: rank, alpha: Double(2 * rank), modules: modules))
      let attached = try lora.attach(to: model.outline, key: RandomKey(seed: 2))
      return (attached.adapter, attached.parameters.map(\.trainable))
    }
  }
}

/// One training step that can be run again and again.
private struct TrainingStep {
  struct Timings {
    var whole: Timing
    var forward: Timing
    var backward: Timing
    var update: Timing
  }

  private let model: any CausalLanguageModel
  private let pass: Pass
  private let trainables: [Trainable]
  private let sequences: [[Int32]]
  private let optimiser = AdamW()

  init(
    _ model: any CausalLanguageModel, _ adapter: (Adapter, [Trainable]),
    _ size: (batch: Int, length: Int),
    _ isCheckpointed: Bool
  ) {
    self.model = model
    trainables = adapter.1
    var pass = Pass(.train, adapter: adapter.0)
    pass.isCheckpointed = isCheckpointed
    self.pass = pass
    let vocabulary = UInt32(model.head.outputs)
    sequences = (0..<size.batch).map { row in
      RandomKey(seed: 3, layer: UInt16(row)).words(size.length).map { Int32($0 % vocabulary) }
    }
  }

  /// Operations of products with the weights.
  ///
  /// Two a weight and token forward, two for the gradients of their inputs, two more where they are trained.
  /// Adapters, attention and what a checkpoint runs again do not count.
  var operations: Double {
    let weights = Set(model.outline.linears.map(\.weight.number)).reduce(0) {
      $0 + model.outline.parameters[$1].count
    }
    let isFull = pass.adapter?.linears.isEmpty ?? true
    return Double(sequences.reduce(0) { $0 + $1.count }) * Double(weights) * (isFull ? 6 : 4)
  }

  /// The times of `runs` steps after one that is not counted, and the most bytes of tensors alive.
  func measure(runs: Int) throws -> (Timings, Int) {
    _ = try step()
    AllocationLog.restart()
    let times = try (0..<runs).map { _ in try step() }
    return (
      Timings(
        whole: Timing(times.map { $0[0] + $0[1] + $0[2] }), forward: Timing(times.map { $0[0] }),
        backward: Timing(times.map { $0[1] }), update: Timing(times.map { $0[2] })),
      AllocationLog.now.peak
    )
  }

  /// Seconds of the forward pass, the backward pass and the optimiser.
  private func step() throws -> [Double] {
    let batch = TokenBatch(sequences)
    let gradients = Gradients()
    let (loss, forward) = try Timing.timed {
      try model.loss(batch, labels: batch.tokens, in: pass)
    }
    let backward = Timing.time { gradients.backward(from: loss) }
    let update = Timing.time { optimiser.step(trainables, gradients) { _ in 1e-4 } }
    return [forward, backward, update]
  }
}
