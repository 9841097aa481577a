// The numbers of a planned tensor on their way into a file, a piece at a time.
import AdaptSystem
import AdaptTensors
import CBench
import CKernels

extension PlannedTensor {
  /// Numbers in memory at one time.
  private static let pieceCount = 1 << 18

  /// The tensor as `type` (f32, bf16 or f16); its noise depends on `seed` and its own name alone.
  func output(seed: UInt64, as type: ElementType) -> TensorOutput {
    TensorOutput(name, type: type, shape: shape) { emit in
      let count = count
      var wide = [Float](repeating: 0, count: min(count, Self.pieceCount))
      var narrow = [UInt16](repeating: 0, count: type == .float32 ? 0 : wide.count)
      for start in stride(from: 0, to: count, by: Self.pieceCount) {
        guard !Interruption.isWanted else { throw BenchFault.stopped }
        let size = min(Self.pieceCount, count - start)
        fill(&wide, size, from: start, seed: seed)
        if type == .float32 {
          try wide.withUnsafeBytes { try emit(.init(rebasing: $0[..<(size * 4)])) }
        } else {
          (type == .bfloat16 ? adapt_narrow_bf16 : adapt_narrow_f16)(wide, size, &narrow)
          try narrow.withUnsafeBytes { try emit(.init(rebasing: $0[..<(size * 2)])) }
        }
      }
    }
  }

  private func fill(_ out: inout [Float], _ size: Int, from start: Int, seed: UInt64) {
    switch filling {
    case .noise(let deviation):
      var name = Fingerprint()
      name.combine(self.name)
      bench_noise(seed, name.words[0], UInt64(start), size, deviation, &out)
    case .zeros:
      for i in 0..<size { out[i] = 0 }
    case .ones:
      for i in 0..<size { out[i] = 1 }
    }
  }
}
