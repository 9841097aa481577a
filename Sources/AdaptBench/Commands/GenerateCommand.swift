// Generation with a random Llama: the prompt, each token after it, and the first token of a folder just opened.
import AdaptGradients
import AdaptModels
import AdaptTensors
import ArgumentParser
import Foundation

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Measure generation with a random Llama: prefill, decoding, first token.",
    discussion: """
      Decoding is beside what reading the weights alone would take: the bytes of every dense layer and of \
      the output head, once a token, at the speed of memory measured in the same run. The file of the model \
      is in the page cache.
      """)

  enum Form: String, ExpressibleByArgument, CaseIterable {
    case f32, bf16, f16, int8, nf4

    /// How the weights lie in the file.
    var stored: WeightType { self == .bf16 ? .bfloat16 : self == .f16 ? .float16 : .float32 }

    /// What they become as they are read.
    var quantisation: Quantisation? { self == .int8 ? .int8 : self == .nf4 ? .nf4 : nil }
  }

  @Argument(help: "smol135, tiny15, … or a config.json, as for `model`.")
  var config: String

  @Option(help: "How the weights rest: \(Form.allCases.map(\.rawValue).joined(separator: ", ")).")
  var dtype = Form.f32

  @Option(help: "Tokens of the prompt.")
  var prompt = 512

  @Option(help: "Tokens made after it in a run.")
  var tokens = 32

  @Option(help: "Prompts at a time.")
  var batch = 1

  @OptionGroup var options: BenchOptions

  func run() async throws {
    let values = [("--prompt", prompt), ("--tokens", tokens), ("--batch", batch)]
    for (option, value) in values where !(1...65_536).contains(value) {
      throw BenchFault.outOfRange(option: option, wanted: "1 to 65536", got: value)
    }
    let session = try await Session(
      "generate \(config) --dtype \(dtype.rawValue) --batch \(batch)", options)
    let limits = try session.measureLimits(on: .shared, withMemory: true)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "adapt-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let configuration = try ModelConfiguration(config)
    try RandomModel(
      plan: try ModelPlan(configuration), configuration: configuration, seed: 1,
      type: dtype.stored.elementType
    ).write(to: folder.path, isForced: false)
    try session.begin("\(config), \(dtype.rawValue), \(batch) × \(prompt) tokens of prompt")
    try first(folder, session)
    try texts(try open(folder), session, limits)
    try session.finish()
  }

  private func open(_ folder: URL) throws -> Llama {
    try Llama(
      LlamaConfiguration(file: folder.appendingPathComponent("config.json")),
      WeightFiles(folder: folder).resting(dtype.quantisation))
  }

  /// From a folder to the token after a prompt of one.
  private func first(_ folder: URL, _ session: Session) throws {
    var (opening, whole) = ([Double](), [Double]())
    for _ in 0..<max(2, options.runs) {
      let (model, seconds) = try Timing.timed { try open(folder) }
      let token = try Timing.time {
        _ = try generation(model, prompts: [[1]], count: 1).next()
      }
      opening.append(seconds)
      whole.append(seconds + token)
    }
    let threads = ThreadPool.shared.threads
    try session.add(Figure("open the folder", threads: threads, .milliseconds, Timing(opening)))
    try session.add(
      Figure("open, one token in, one token out", threads: threads, .milliseconds, Timing(whole)))
  }

  private func texts(_ model: Llama, _ session: Session, _ limits: MachineLimits) throws {
    let vocabulary = Int32(clamping: model.head.outputs)
    let prompts = (0..<batch).map { row in
      (0..<prompt).map { Int32(truncatingIfNeeded: 7 + $0 * 31 + row * 17) % vocabulary }
    }
    var (prefill, decoding) = ([Double](), [Double]())
    for run in 0...options.runs {
      let generation = try generation(model, prompts: prompts, count: tokens + 1)
      let seconds = try Timing.time { _ = try generation.next() }
      let rest = try Timing.time { while try generation.next() != nil {} }
      // The first run warms up.
      if run > 0 {
        prefill.append(seconds)
        decoding.append(rest / Double(tokens))
      }
    }
    let threads = ThreadPool.shared.threads
    try session.add(
      Figure(
        "prefill", threads: threads, .rate("tokens/s", work: Double(prompt * batch)),
        Timing(prefill)))
    let weights = Double(Self.weightBytes(model))
    let outline = model.outline
    // On the average of a run.
    let held = Double(
      batch * (prompt + tokens / 2) * 2 * outline.layers * outline.rules.keyHeads
        * outline.headWidth)
    try session.add(
      Figure(
        "decoding, bytes of weights", threads: threads, .rate("GB/s", work: weights / 1e9),
        Timing(decoding)
      ).of(limits.read).also(Double(batch), "tokens/s"))
    try session.add(
      Figure(
        "decoding, keys and values too", threads: threads,
        .rate("GB/s", work: (weights + held * 4) / 1e9), Timing(decoding)
      ).of(limits.read))
  }

  private func generation(
    _ model: Llama, prompts: [[Int32]], count: Int
  ) throws -> TokenGeneration {
    try TokenGeneration(model, prompts: prompts, settings: GenerationSettings(maximumTokens: count))
  }

  /// Bytes that one token reads: every dense layer and the head, a tied one included.
  private static func weightBytes(_ model: Llama) -> Int {
    Set(model.outline.linears.map(\.weight.number)).reduce(0) { sum, number in
      let parameter = model.outline.parameters[number]
      return sum + ((parameter.weight as? WeightStorage)?.bytes ?? parameter.count * 4)
    }
  }
}
