// Embedding of texts, as indexing does it.
import AdaptModels
import AdaptSystem
import AdaptTensors
import ArgumentParser
import Foundation

struct EmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Measure a sentence embedder: texts and tokens a second, one text, getting ready.",
    discussion: """
      Tokens are those the model reads, [CLS] and [SEP] included; the time of tokenisation is included. \
      Shares count the linear layers and attention of a BERT encoder.
      """)

  @Option(help: ArgumentHelp("The folder of the embedder.", valueName: "dir"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "Texts: a JSON array, an object of such arrays, or one a line. Made up where none is given.",
      valueName: "file"))
  var texts: String?

  @Option(help: ArgumentHelp("At most so many texts of each array.", valueName: "count"))
  var limit: Int?

  @Option(help: "The texts to make up.")
  var seed: UInt64 = 0

  @OptionGroup var options: BenchOptions

  func run() async throws {
    guard limit ?? 1 > 0 else {
      throw BenchFault.outOfRange(option: "--limit", wanted: "at least 1", got: limit ?? 0)
    }
    var groups =
      try texts.map { try TextGroup.read($0) }
      ?? TextGroup.synthetic(seed: seed, isTiny: options.tiny)
    for index in groups.indices {
      groups[index].texts = Array(groups[index].texts.prefix(limit ?? .max))
    }
    let folder = URL(fileURLWithPath: model)
    let (embedder, first) = try Timing.timed { try SentenceEmbedder(folder: folder) }
    let session = try await Session("embed", options)
    let limits = try session.measureLimits(on: .shared, withMemory: false)
    try session.begin("getting ready, files in the page cache")
    try ready(folder, embedder, first: first, session)
    let work = EmbedderWork(folder: folder)
    for group in groups {
      try session.begin("\(group.name): \(group.texts.count) texts")
      try oneByOne(group, embedder, session)
      try together(group, embedder, work, (session, limits))
    }
    try session.finish()
  }

  private func ready(
    _ folder: URL, _ embedder: SentenceEmbedder, first: Double, _ session: Session
  ) throws {
    let threads = ThreadPool.shared.threads
    let text = try Timing.time { _ = try embedder.embed(["one"]) }
    try session.add(
      Figure("open, first time", threads: threads, .milliseconds, Timing([first])))
    try session.add(
      Figure("first text after that", threads: threads, .milliseconds, Timing([text])))
    let again = try Timing.measure(runs: options.runs, atLeast: 0) {
      _ = try SentenceEmbedder(folder: folder)
    }
    try session.add(Figure("open again", threads: threads, .milliseconds, again))
  }

  /// The time of one text alone, over different texts.
  private func oneByOne(
    _ group: TextGroup, _ embedder: SentenceEmbedder, _ session: Session
  ) throws {
    let texts = group.texts.prefix(max(60, options.runs))
    let seconds = try texts.map { text in try Timing.time { _ = try embedder.embed([text]) } }
    try session.add(
      Figure(
        "one text", threads: ThreadPool.shared.threads, .milliseconds, Timing(seconds)))
  }

  private func together(
    _ group: TextGroup, _ embedder: SentenceEmbedder, _ work: EmbedderWork?,
    _ place: (session: Session, limits: MachineLimits)
  ) throws {
    let lengths = group.texts.map {
      min(embedder.tokens(of: $0).count + 2, embedder.maximumTokens)
    }
    let tokens = lengths.reduce(0, +)
    let (timing, bytes) = try Timing.measureHolding(runs: options.runs) {
      _ = try embedder.embed(group.texts)
    }
    let threads = ThreadPool.shared.threads
    let figure = Figure(
      "all texts", threads: threads, .rate("tokens/s", work: Double(tokens)), timing)
    try place.session.add(
      figure.also(Double(group.texts.count), "texts/s").holding(bytes))
    guard let work else { return }
    let operations = lengths.reduce(0.0) { $0 + work.operations(tokens: $1) }
    try place.session.add(
      Figure(
        "all texts, arithmetic", threads: threads, .rate("GFLOP/s", work: operations / 1e9),
        timing
      ).of(place.limits.arithmetic))
  }
}

/// The arithmetic of an encoder.
private struct EmbedderWork {
  let configuration: BertConfiguration

  /// Nil where the encoder's configuration lies in another folder.
  init?(folder: URL) {
    let file = folder.appendingPathComponent("config.json")
    guard let configuration = try? BertConfiguration(file: file) else { return nil }
    self.configuration = configuration
  }

  /// Multiplications and additions of linear layers and attention for one text.
  func operations(tokens: Int) -> Double {
    let (D, F, T) = (
      Double(configuration.width), Double(configuration.feedForward), Double(tokens)
    )
    return Double(configuration.layers) * T * (8 * D * D + 4 * D * F + 4 * T * D)
  }
}
