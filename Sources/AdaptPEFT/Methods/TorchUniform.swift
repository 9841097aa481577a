// The numbers that PyTorch draws for VeRA's shared matrices, so that files without them can be read.
import AdaptTensors

/// PyTorch's uniform numbers on a processor: MT19937, 24 bits a number.
enum TorchUniform {
  /// Numbers within ±`bound` as `tensor.uniform_(-bound, bound)` gives them behind `skipping` others.
  static func tensor(
    _ shape: [Int], within bound: Double, seed: UInt64, skipping: Int
  ) -> Tensor {
    var twister = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
    for _ in 0..<skipping { _ = twister.next() }
    let (low, high) = (Float(-bound), Float(bound))
    return Tensor(shape) { out in
      for i in 0..<shape.reduce(1, *) {
        let unit = Float(twister.next() & 0xff_ffff) * 0x1p-24
        out[i] = low.addingProduct(unit, high - low)
      }
    }
  }
}

/// MT19937 (Matsumoto and Nishimura, ACM TOMACS 8, 1998), seeded by one number.
private struct MersenneTwister {
  private var state: [UInt32]
  private var place = 624

  init(seed: UInt32) {
    state = [seed]
    for i in 1..<624 {
      let last = state[i - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(i))
    }
  }

  mutating func next() -> UInt32 {
    if place == 624 { turn() }
    var y = state[place]
    place += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9d2c_5680
    y ^= (y << 15) & 0xefc6_0000
    return y ^ (y >> 18)
  }

  private mutating func turn() {
    for i in 0..<624 {
      let y = (state[i] & 0x8000_0000) | (state[(i + 1) % 624] & 0x7fff_ffff)
      state[i] = state[(i + 397) % 624] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_b0df)
    }
    place = 0
  }
}
