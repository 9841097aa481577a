// Vectors as one contiguous block, the form a matrix product wants, and the product itself.

/// Scores of all rows against one query: `matrix [rows, columns]` row-major, `query [columns]`, one
/// score per row.
package typealias ScoreKernel =
  @Sendable (
    _ matrix: UnsafeBufferPointer<Float>, _ rows: Int, _ columns: Int, _ query: [Float]
  ) -> [Float]

package enum ScoreKernels {
  /// Plain Swift, four running sums per row; for small stores and as the twin of faster kernels.
  package static let plain: ScoreKernel = { matrix, rows, columns, query in
    (0..<rows).map { row in
      let values = UnsafeBufferPointer(rebasing: matrix[row * columns..<(row + 1) * columns])
      var sums = SIMD4<Float>.zero
      var column = 0
      while column + 4 <= columns {
        let left = SIMD4(
          values[column], values[column + 1], values[column + 2], values[column + 3])
        let right = SIMD4(
          query[column], query[column + 1], query[column + 2], query[column + 3])
        sums += left * right
        column += 4
      }
      var sum = sums.sum()
      while column < columns {
        sum += values[column] * query[column]
        column += 1
      }
      return sum
    }
  }
}

/// The vectors of one collection in ascending id: `values [ids.count, dimensions]`, row-major f32.
struct VectorMatrix: Sendable {
  let ids: [Int64]
  let dimensions: Int
  let values: [Float]

  /// Scores by `kernel`, in the order of `ids`.
  func scores(_ query: [Float], kernel: ScoreKernel) -> [Float] {
    guard !ids.isEmpty, dimensions > 0 else { return [] }
    let scores = values.withUnsafeBufferPointer { kernel($0, ids.count, dimensions, query) }
    precondition(scores.count == ids.count, "a score kernel gives one score per row")
    return scores
  }
}
