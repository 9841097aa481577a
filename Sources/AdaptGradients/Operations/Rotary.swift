// Rotary positions.
package import AdaptTensors
import CKernels

/// Cosines and sines of every position `[P, R / 2]`, with any scaling of the frequencies already applied.
package struct RotaryTable: Sendable {
  package let cosines: Tensor
  package let sines: Tensor

  package init(cosines: Tensor, sines: Tensor) {
    precondition(cosines.shape == sines.shape && cosines.shape.count == 2)
    self.cosines = cosines
    self.sines = sines
  }

  /// Positions the table holds.
  package var positions: Int { cosines.rows }
}

extension Variable {
  /// Turns the heads of `x [N, H · width]` by the positions of their tokens `[N]`, shape kept.
  ///
  /// Elements j and j + R/2 of a head are one pair (the half-split layout of Hugging Face); elements from R on
  /// stay as they are. Saves nothing. Su et al., arXiv:2104.09864, eq. 34.
  /// - Precondition: the width is at least R and divides the columns, every position is in the table.
  package func rotated(by table: RotaryTable, positions: [Int32], headWidth width: Int) -> Variable
  {
    let x = place
    precondition(width > 0 && columns % width == 0 && table.cosines.columns * 2 <= width)
    precondition(positions.count == rows)
    precondition(positions.allSatisfy { $0 >= 0 && $0 < table.positions })
    let y = rotate(value, table, positions, width, direction: 1)
    // A rotation's derivative is itself, its transpose the rotation back: dx = R(-angle) dy. A scale in the
    // tables (yarn's) is a factor of both.
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) { rotate(dy, table, positions, width, direction: -1) }
    }
  }
}

private func rotate(
  _ x: Tensor, _ table: RotaryTable, _ positions: [Int32], _ width: Int, direction: Float
) -> Tensor {
  let (N, D) = (x.rows, x.columns)
  let numbers = positions.map { Int($0) }
  return withExtendedLifetime((x, table)) {
    Tensor(x.shape) { out in
      numbers.withUnsafeBufferPointer { numbers in
        guard let numbers = numbers.baseAddress else { return }
        inParallel(N, weight: D) { part in
          let start = part.lowerBound
          (out + start * D).update(from: x.storage.base + start * D, count: part.count * D)
          adapt_rotary(
            out + start * D, part.count, D, D / width, width, 2 * table.cosines.columns,
            table.cosines.storage.base, table.sines.storage.base, numbers + start, direction)
        }
      }
    }
  }
}
