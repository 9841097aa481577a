// Rotary positions in the half-split form of the transformers library: component j of a head turns with
// component j + rotated / 2 (Su et al., arXiv:2104.09864, eq. 34).
import CKernels
import Foundation

/// Cosines and sines of every position, `[positions, rotated / 2]`.
package struct RotaryTable: Sendable {
  package let cosine: Tensor
  package let sine: Tensor

  /// The angles `position · frequency`, in Double, times `scale` after cosine and sine (yarn).
  package init(frequencies: [Double], positions: Int, scale: Float = 1) {
    let half = frequencies.count
    func table(_ value: (Double) -> Double) -> Tensor {
      Tensor([positions, half]) { out in
        for position in 0..<positions {
          for (j, frequency) in frequencies.enumerated() {
            out[position * half + j] = Float(value(Double(position) * frequency)) * scale
          }
        }
      }
    }
    cosine = table { cos($0) }
    sine = table { sin($0) }
  }

  /// Positions the table covers.
  package var positions: Int { cosine.rows }
  /// Components of a head that turn.
  package var rotated: Int { cosine.columns * 2 }
}

extension Tensor {
  /// Each head turned to its row's position, or back when `isBackward`: the gradient of the forward turn.
  ///
  /// `self [N, heads · width]`; components beyond `table.rotated` of a head stay.
  /// - Precondition: one position per row, all inside the table; the table fits the head width.
  package func rotated(
    by table: RotaryTable, positions: [Int], heads: Int, isBackward: Bool = false,
    pool: ThreadPool = .shared
  ) -> Tensor {
    let (N, D) = (rows, columns)
    precondition(heads > 0 && D % heads == 0 && table.rotated <= D / heads)
    precondition(
      positions.count == N && positions.allSatisfy { (0..<table.positions).contains($0) })
    return withExtendedLifetime((self, table)) {
      Tensor(shape) { out in
        inRowBlocks(N, D, pool) { block in
          let x = out + block.lowerBound * D
          x.update(from: storage.base + block.lowerBound * D, count: block.count * D)
          Array(positions[block]).withUnsafeBufferPointer { positions in
            guard let first = positions.baseAddress else { return }
            adapt_rotary(
              x, block.count, D, heads, D / heads, table.rotated, table.cosine.storage.base,
              table.sine.storage.base, first, isBackward ? -1 : 1)
          }
        }
      }
    }
  }
}
