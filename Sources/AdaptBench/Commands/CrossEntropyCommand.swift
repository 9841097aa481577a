// The output head with its loss, the widest part of a small language model.
import AdaptGradients
import AdaptTensors
import ArgumentParser

struct CrossEntropyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cross-entropy",
    abstract: "Measure output head and cross-entropy, forward and with the backward pass.",
    discussion: """
      The head is frozen: GFLOP/s count 2 operations a token, class and column forward, 4 with the \
      gradient of the hidden states.
      """)

  @OptionGroup var options: BenchOptions

  func run() async throws {
    let session = try await Session("cross-entropy", options)
    let limits = try session.measureLimits(on: .shared, withMemory: false)
    try session.begin("output head and cross-entropy, share of the multiply-adds")
    let heads =
      options.tiny
      ? [HeadBatch(model: "tiny", tokens: 5, width: 16, vocabulary: 37)]
      : [
        HeadBatch(model: "smol135", tokens: 1_024, width: 576, vocabulary: 49_152),
        HeadBatch(model: "tiny15", tokens: 1_024, width: 288, vocabulary: 32_000),
      ]
    for head in heads {
      let weight = Noise.tensor([head.vocabulary, head.width], deviation: 0.02, seed: 1)
      for isTraining in [false, true] {
        try session.add(head.figure(weight, isTraining, options).of(limits.arithmetic))
      }
    }
    try session.finish()
  }
}

/// A batch of tokens before a head.
private struct HeadBatch {
  let model: String
  let tokens: Int
  let width: Int
  let vocabulary: Int

  func figure(_ weight: Tensor, _ isTraining: Bool, _ options: BenchOptions) -> Figure {
    let head = OutputHead(weight: Parameter(weight))
    let hidden = Trainable("hidden", Noise.tensor([tokens, width], seed: 2))
    let targets = (0..<tokens).map { Int32($0 * 7_919 % vocabulary) }
    let weights = [Float](repeating: 1 / Float(tokens), count: tokens)
    let (timing, bytes) = Timing.measureHolding(runs: options.runs) {
      if isTraining {
        let loss = Variable(hidden).headCrossEntropy(head, targets: targets, weights: weights)
        Gradients().backward(from: loss)
      } else {
        withoutRecording {
          _ = Variable(hidden).headCrossEntropy(head, targets: targets, weights: weights)
        }
      }
    }
    let products = Double(tokens) * Double(width) * Double(vocabulary)
    return Figure(
      "\(model) \(tokens) × \(vocabulary), \(isTraining ? "forward + backward" : "forward")",
      threads: ThreadPool.shared.threads,
      .rate("GFLOP/s", work: products * (isTraining ? 4 : 2) / 1e9), timing
    )
    .also(Double(tokens), "tokens/s").holding(bytes)
  }
}
