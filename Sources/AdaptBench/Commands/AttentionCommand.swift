// Attention of the tape, as training and embedding use it.
import AdaptGradients
import AdaptTensors
import ArgumentParser

struct AttentionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "Measure attention, forward and with its backward pass.",
    discussion: """
      GFLOP/s count the pairs of query and key that may see each other: 4 operations a pair and column \
      forward, 14 with the backward pass, which forms the scores again. Softmax is not counted.
      """)

  @OptionGroup var options: BenchOptions

  func run() async throws {
    let session = try await Session("attention", options)
    let limits = try session.measureLimits(on: .shared, withMemory: false)
    try session.begin("attention, share of the multiply-adds")
    for batch in AttentionBatch.all(isTiny: options.tiny) {
      for isTraining in [false, true] {
        try session.add(batch.figure(isTraining, options).of(limits.arithmetic))
      }
    }
    try session.finish()
  }
}

/// Heads and sequences of one measurement.
private struct AttentionBatch {
  let model: String
  let rules: AttentionRules
  /// Width of a head, W.
  let width: Int
  let lengths: [Int]

  static func all(isTiny: Bool) -> [AttentionBatch] {
    let smol = AttentionRules(heads: 9, keyHeads: 3, isCausal: true)
    let tiny = AttentionRules(heads: 6, isCausal: true)
    let minilm = AttentionRules(heads: 12, isCausal: false)
    func repeated(_ length: Int, _ count: Int) -> [Int] { Array(repeating: length, count: count) }
    guard !isTiny else {
      return [AttentionBatch(model: "tiny", rules: smol, width: 8, lengths: [5, 5])]
    }
    return [
      AttentionBatch(model: "smol135", rules: smol, width: 64, lengths: repeated(256, 4)),
      AttentionBatch(model: "smol135", rules: smol, width: 64, lengths: [1_024]),
      AttentionBatch(model: "smol135", rules: smol, width: 64, lengths: [4_096]),
      AttentionBatch(model: "tiny15", rules: tiny, width: 48, lengths: repeated(256, 4)),
      AttentionBatch(model: "minilm", rules: minilm, width: 32, lengths: repeated(30, 34)),
      AttentionBatch(model: "minilm", rules: minilm, width: 32, lengths: repeated(244, 4)),
    ]
  }

  private var operations: Double {
    let pairs = lengths.reduce(0.0) { sum, length in
      let pairs = rules.isCausal ? length * (length + 1) / 2 : length * length
      return sum + Double(pairs)
    }
    return pairs * Double(width * rules.heads)
  }

  func figure(_ isTraining: Bool, _ options: BenchOptions) -> Figure {
    let segments = Segments(lengths: lengths)
    let (N, wide) = (segments.total, rules.heads * width)
    let narrow = rules.keyHeads * width
    let inputs = [wide, narrow, narrow].enumerated().map { number, columns in
      Trainable("input \(number)", Noise.tensor([N, columns], seed: UInt64(number)))
    }
    let dy = Noise.tensor([N, wide], seed: 3)
    let (timing, bytes) = Timing.measureHolding(runs: options.runs) {
      if isTraining {
        Gradients().backward(from: result(inputs, segments), gradient: dy)
      } else {
        withoutRecording { _ = result(inputs, segments) }
      }
    }
    let shape = "\(lengths.count) × \(lengths[0])"
    let work = operations * (isTraining ? 14 : 4) / 1e9
    return Figure(
      "\(model) \(shape), \(isTraining ? "forward + backward" : "forward")",
      threads: ThreadPool.shared.threads, .rate("GFLOP/s", work: work), timing
    )
    .also(Double(N), "tokens/s").holding(bytes)
  }

  private func result(_ inputs: [Trainable], _ segments: Segments) -> Variable {
    attention(
      query: Variable(inputs[0]), key: Variable(inputs[1]), value: Variable(inputs[2]),
      segments: AttentionSegments(segments), rules: rules)
  }
}
