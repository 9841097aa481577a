// Rotary positions.
package import AdaptTensors

extension Variable {
  /// Turns the heads of `x [N, H · W]` by the positions of their tokens `[N]`, shape kept.
  ///
  /// Elements j and j + R/2 of a head are one pair (the half-split layout of Hugging Face); elements from R on
  /// stay as they are. Saves nothing. Su et al., arXiv:2104.09864, eq. 34.
  /// - Precondition: W is at least R and divides the columns, every position is in the table.
  package func rotated(by table: RotaryTable, positions: [Int], heads: Int) -> Variable {
    let x = place
    let y = value.rotated(by: table, positions: positions, heads: heads)
    // A rotation's derivative is itself, its transpose the rotation back: dx = R(-angle) dy. A scale in the
    // tables (yarn's) is a factor of both.
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        dy.rotated(by: table, positions: positions, heads: heads, isBackward: true)
      }
    }
  }
}
