// Random inputs for measurements.
import AdaptTensors
import CBench

enum Noise {
  /// Nearly normal numbers of mean 0; the same for the same seed.
  static func tensor(_ shape: [Int], deviation: Float = 1, seed: UInt64) -> Tensor {
    Tensor(shape) { out in
      bench_noise(seed, 0, 0, shape.reduce(1, *), deviation, out)
    }
  }
}
