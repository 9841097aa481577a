// Generation with a random Llama: the prompt, each token after it, and the first token of a folder just opened.
import AdaptGradients
import AdaptModels
import AdaptTensors
import ArgumentParser
import CBench
import Foundation

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Measure generation with a random Llama: prefill, decoding, first token.",
    discussion: """
      Decoding is beside what reading the weights alone takes: every dense layer and the output head, from \
      the same memory, once before each token; the share is the median of those pairs. The file of the model is \
      in the page cache.
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
    _ = try session.measureLimits(on: .shared, withMemory: false)
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
    try texts(try open(folder), session)
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

  private func texts(_ model: Llama, _ session: Session) throws {
    let vocabulary = Int32(clamping: model.head.outputs)
    let prompts = (0..<batch).map { row in
      (0..<prompt).map { Int32(truncatingIfNeeded: 7 + $0 * 31 + row * 17) % vocabulary }
    }
    let reading = WeightReading(model)
    var (prefill, pairs) = ([Double](), [Pair]())
    for run in 0...options.runs {
      let generation = try generation(model, prompts: prompts, count: tokens + 1)
      let seconds = try Timing.time { _ = try generation.next() }
      var own: [Pair] = []
      for _ in 0..<tokens {
        let read = Timing.time { reading.read(on: .shared) }
        own.append(Pair(read: read, token: try Timing.time { _ = try generation.next() }))
      }
      // The first run warms up.
      if run > 0 {
        prefill.append(seconds)
        pairs += own
      }
    }
    let threads = ThreadPool.shared.threads
    try session.add(
      Figure(
        "prefill", threads: threads, .rate("tokens/s", work: Double(prompt * batch)),
        Timing(prefill)))
    try decoding(pairs, bytes: reading.bytes, model.outline, session)
  }

  private func decoding(
    _ pairs: [Pair], bytes: Int, _ outline: ModelOutline, _ session: Session
  ) throws {
    let threads = ThreadPool.shared.threads
    let gigabytes = Double(bytes) / 1e9
    let limit = Figure(
      "read the same weights", threads: threads, .rate("GB/s", work: gigabytes),
      Timing(pairs.map(\.read)))
    try session.add(limit)
    let timing = Timing(pairs.map(\.token))
    try session.add(
      Figure("decoding, bytes of weights", threads: threads, .rate("GB/s", work: gigabytes), timing)
        .of(limit, share: Timing(pairs.map { $0.read / $0.token }).median)
        .also(Double(batch), "tokens/s"))
    // On the average of a run.
    let held = Double(
      batch * (prompt + tokens / 2) * 2 * outline.layers * outline.rules.keyHeads
        * outline.headWidth)
    try session.add(
      Figure(
        "decoding, keys and values too", threads: threads,
        .rate("GB/s", work: gigabytes + held * 4 / 1e9), timing
      ).of(limit))
  }

  private func generation(
    _ model: Llama, prompts: [[Int32]], count: Int
  ) throws -> TokenGeneration {
    try TokenGeneration(model, prompts: prompts, settings: GenerationSettings(maximumTokens: count))
  }
}

/// Seconds of reading the weights, and of the token after it.
private struct Pair {
  let read: Double
  let token: Double
}

/// What one token reads: every dense layer and the head, a tied one included.
///
/// Unchecked Sendable: the memory belongs to the model, which is held, and nobody writes to it.
private struct WeightReading: @unchecked Sendable {
  private let model: Llama
  private let pieces: [(base: UnsafePointer<Float>, count: Int)]
  let bytes: Int
  private static let pieceFloats = 1 << 18

  init(_ model: Llama) {
    let weights = Set(model.outline.linears.map(\.weight.number)).sorted().compactMap { number in
      let weight = model.outline.parameters[number].weight
      return weight as? WeightStorage ?? (weight as? Tensor).map { WeightStorage($0) }
    }
    self.model = model
    bytes = weights.reduce(0) { $0 + $1.bytes }
    pieces = weights.flatMap { weight in
      let count = weight.bytes / MemoryLayout<Float>.stride
      let base = weight.address.assumingMemoryBound(to: Float.self)
      return stride(from: 0, to: count, by: Self.pieceFloats).map {
        (base + $0, min(Self.pieceFloats, count - $0))
      }
    }
  }

  /// Sums them up, whatever numbers the bytes are.
  func read(on pool: ThreadPool) {
    withExtendedLifetime(model) {
      pool.run(pieces.count) { _ = bench_sum(pieces[$0].base, pieces[$0].count) }
    }
  }
}
