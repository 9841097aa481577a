// One row through many weights, as a decoder's step: the weights come from memory, not from a cache.
import AdaptTensors

/// Weights of one shape and format that are larger together than any cache.
struct MatrixVectorProduct {
  let name: String
  private let weights: [WeightStorage]
  private let x: Tensor
  private let out: Scratch

  /// Every format the weights may rest in.
  static let formats: [WeightFormat] = [
    .float32, .bfloat16, .float16, .int8, .nf4, .nf4Doubled,
  ]

  /// As many matrices `[outputs, inputs]` in `format` as make `total` bytes.
  init(outputs: Int, inputs: Int, format: WeightFormat, total: Int) throws(WeightFault) {
    let one = format.bytes(rows: outputs, columns: inputs)
    let count = max(1, (total + one - 1) / one)
    let source = Noise.tensor([outputs, inputs], deviation: 0.02, seed: 1)
    var weights: [WeightStorage] = []
    for number in 0..<count {
      // f32 rests in the tensor itself, which must then be another one each time.
      let isShared = format == .float32 && number > 0
      let tensor =
        isShared
        ? Noise.tensor([outputs, inputs], deviation: 0.02, seed: UInt64(number + 1)) : source
      weights.append(try WeightStorage(tensor, as: format))
    }
    self.weights = weights
    name = "\(outputs)×\(inputs) \(format), \(count) of them"
    x = Noise.tensor([1, inputs], seed: 0)
    out = Scratch(outputs)
  }

  /// GB/s of weights read.
  func figure(_ options: BenchOptions, on pool: ThreadPool) -> Figure {
    let bytes = weights.reduce(0) { $0 + $1.bytes }
    let timing = Timing.measure(runs: options.runs) {
      withExtendedLifetime(x) {
        for weight in weights {
          weight.multiplyTransposed(
            MatrixView(x), into: out.matrix(rows: 1, columns: weight.rows), on: pool)
        }
      }
    }
    return Figure(
      name, threads: pool.threads, .rate("GB/s", work: Double(bytes) / 1e9), timing)
  }
}
