// The parts of an NF4 matrix and how its scales are found.
import CKernels

/// Four-bit codes, two a byte with the first in the high half, and one scale per block of the flat array.
package struct NF4Codes: Sendable {
  package let codes: WeightBytes
  /// Weights that share a scale: even, at least 2.
  package let block: Int
  package let scales: NF4Scales

  /// Calls `body` with the scales of the weights `range` of the flat array as f32; the first belongs to the
  /// block of the first weight.
  func withScales(of range: Range<Int>, _ body: (UnsafePointer<Float>) -> Void) {
    guard !range.isEmpty else { return }
    let blocks = range.lowerBound / block..<(range.upperBound - 1) / block + 1
    switch scales {
    case .plain(let scales):
      withExtendedLifetime(scales) { body(scales.storage.base + blocks.lowerBound) }
    case .doubled(let doubled):
      let scratch = StoragePool.shared.take(blocks.count)
      defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
      doubled.widen(blocks, into: scratch.base)
      body(scratch.base)
    }
  }
}

/// The scales of an NF4 matrix, one per block.
package enum NF4Scales: Sendable {
  case plain(Tensor)
  case doubled(DoubledScales)
}

/// Scales stored as 8-bit codes: `scale[i] = map[codes[i]] · outer[i / block] + offset`.
package struct DoubledScales: Sendable {
  package let codes: WeightBytes
  /// What each code stands for, `[256]`.
  package let map: Tensor
  package let outer: Tensor
  package let block: Int
  package let offset: Float

  /// The scales `range` as f32.
  package func widen(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    withExtendedLifetime((codes, map, outer)) {
      adapt_widen_scales(
        codes.pointer(UInt8.self), range.lowerBound, range.count, map.storage.base,
        outer.storage.base, block, offset, out)
    }
  }
}

/// The sixteen values of NF4 (arXiv:2305.14314, appendix E).
package enum NF4 {
  package static let values: [Float] = [
    -1, -0.696_192_800_998_687_7, -0.525_073_051_452_636_7, -0.394_917_488_098_144_53,
    -0.284_441_381_692_886_35, -0.184_773_430_228_233_34, -0.091_050_036_251_544_95, 0,
    0.079_580_299_556_255_34, 0.160_930_201_411_247_25, 0.246_112_301_945_686_34,
    0.337_915_241_718_292_24, 0.440_709_829_330_444_34, 0.562_617_003_917_694_1,
    0.722_956_836_223_602_3, 1,
  ]
}
