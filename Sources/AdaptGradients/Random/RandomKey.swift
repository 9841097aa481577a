// Random numbers without a running state: any run, step, layer and site names its own stream, so that dropout
// replays in a checkpoint and a resumed run continues bit for bit.
package import AdaptTensors
import CKernels
import Foundation

/// The name of a stream of random numbers.
///
/// The stream is Philox 4x32-10 (Salmon et al., SC'11) with the seed as key and, as counter, the element's number
/// divided by four (64 bits), the step (32 bits), and layer and site (16 bits each).
package struct RandomKey: Sendable, Hashable {
  package var seed: UInt64
  package var step: UInt32
  package var layer: UInt16
  package var site: UInt16

  package init(seed: UInt64, step: UInt32 = 0, layer: UInt16 = 0, site: UInt16 = 0) {
    self.seed = seed
    self.step = step
    self.layer = layer
    self.site = site
  }

  /// The same run and step at another place.
  package func at(layer: UInt16, site: UInt16) -> RandomKey {
    RandomKey(seed: seed, step: step, layer: layer, site: site)
  }

  /// Words `start..<start + count` of the stream.
  package func words(_ count: Int, from start: UInt64 = 0) -> [UInt32] {
    guard count > 0 else { return [] }
    var words: [UInt32] = []
    words.reserveCapacity(count + 6)
    for block in start / 4...(start + UInt64(count) - 1) / 4 { words += self.block(block) }
    let skipped = Int(start % 4)
    return Array(words[skipped..<skipped + count])
  }

  /// Numbers in `low..<high`, 24 bits each.
  package func uniform(_ shape: [Int], in range: Range<Float>) -> Tensor {
    let width = range.upperBound - range.lowerBound
    let count = shape.reduce(1, *)
    return Tensor(
      shape, words(count).map { range.lowerBound + width * (Float($0 >> 8) * 0x1p-24) })
  }

  /// Normal numbers of mean 0 (Box and Muller, 1958, in Double): two words make two numbers.
  package func normal(_ shape: [Int], deviation: Float) -> Tensor {
    let count = shape.reduce(1, *)
    let words = words(count + count % 2)
    return Tensor(
      shape,
      (0..<count).map { index in
        let pair = index / 2 * 2
        let radius = (-2 * log((Double(words[pair]) + 1) * 0x1p-32)).squareRoot()
        let angle = 2 * Double.pi * Double(words[pair + 1]) * 0x1p-32
        return deviation * Float(radius * (index % 2 == 0 ? cos(angle) : sin(angle)))
      })
  }

  var keyWords: [UInt32] { [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)] }
  var streamWords: [UInt32] { [step, UInt32(layer) << 16 | UInt32(site)] }

  private func block(_ number: UInt64) -> [UInt32] {
    let counter = [UInt32(truncatingIfNeeded: number), UInt32(number >> 32)] + streamWords
    return Philox.words(counter: counter, key: keyWords)
  }
}

/// Philox 4x32 with ten rounds.
package enum Philox {
  /// The four words of a counter of four under a key of two.
  package static func words(counter: [UInt32], key: [UInt32]) -> [UInt32] {
    precondition(counter.count == 4 && key.count == 2)
    return [UInt32](unsafeUninitializedCapacity: 4) { words, count in
      adapt_philox(counter, key, words.baseAddress)
      count = 4
    }
  }
}
