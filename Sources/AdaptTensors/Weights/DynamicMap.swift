// The 8-bit dynamic map of Dettmers et al., arXiv:2110.02861, section 2.1: signed, with a moving number of
// exponent digits. NF4's double quantisation stores scales with it.

/// Values of the 256 codes and block-wise quantisation to the nearest of them.
package enum DynamicMap {
  /// The 256 values, ascending.
  ///
  /// Seven decades 10⁻⁶ … 1; decade i has 2ⁱ values, the middles of equal steps from 0.1 to 1, with both
  /// signs; then 0 and 1. All in f32 with the roundings of torch, so that files match bit by bit.
  package static let values: [Float] = {
    var values: [Float] = [0, 1]
    for decade in 0..<7 {
      let factor = powerOfTen(decade - 6)
      let edges = steps(from: 0.1, to: 1, count: (1 << decade) + 1)
      for (low, high) in zip(edges, edges.dropFirst()) {
        let middle = (low + high) / 2
        values.append(factor * middle)
        values.append(-factor * middle)
      }
    }
    return values.sorted()
  }()

  /// Blocks of 256 values: codes and the largest magnitude of each block.
  package static func quantise(_ x: [Float], block: Int = 256) -> (codes: [UInt8], largest: [Float])
  {
    var codes: [UInt8] = []
    var scales: [Float] = []
    codes.reserveCapacity(x.count)
    for start in stride(from: 0, to: x.count, by: block) {
      let part = x[start..<min(start + block, x.count)]
      let largest = part.reduce(0) { max($0, abs($1)) }
      scales.append(largest)
      codes += part.map { code(of: largest > 0 ? $0 / largest : 0) }
    }
    return (codes, scales)
  }

  /// The code nearest to `x` in −1 … 1 on a grid of 65535 steps; of two equally near ones the lower.
  ///
  /// bitsandbytes (0.50, CPU) looks codes up on this grid, so near a middle, and at 0 itself, the code may
  /// be the neighbour of the nearest one. Its files are matched byte by byte; the error is below 1.6e-5.
  static func code(of x: Float) -> UInt8 {
    let cell = ((x + 1) * 32_767.5).rounded(.toNearestOrEven)
    let point = Float(Double(cell) / 65_535 * 2 - 1)
    var (low, high) = (0, 255)
    while high - low > 1 {
      let middle = (low + high) / 2
      if values[middle] <= point { low = middle } else { high = middle }
    }
    let (below, above) = (Double(point - values[low]), Double(values[high] - point))
    return UInt8(above < below ? high : low)
  }

  private static func powerOfTen(_ exponent: Int) -> Float {
    Float([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1][exponent + 6])
  }

  /// Equal steps counted from the nearer end.
  private static func steps(from start: Float, to end: Float, count: Int) -> [Float] {
    let step = (end - start) / Float(count - 1)
    return (0..<count).map { i in
      i < count / 2
        ? start.addingProduct(step, Float(i)) : end.addingProduct(-step, Float(count - 1 - i))
    }
  }
}
