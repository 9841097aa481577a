// From tokens to sentences: the mean over each segment, and rows of length one.
package import AdaptTensors
import CKernels

extension Variable {
  /// The mean of the rows of each segment `[S, D]`; zeros for an empty segment.
  package func means(over segments: Segments) -> Variable {
    let (x, D) = (place, columns)
    precondition(segments.total == rows, "\(segments.total) rows in segments, \(rows) in all")
    // y_s = 1/n_s Σ x_i: every row of the segment receives dy_s / n_s.
    return recorded(value.segmentMeans(offsets: segments.offsets), from: [self]) { dy, gradients in
      gradients.add(to: x) {
        withExtendedLifetime(dy) {
          Tensor(x.shape) { out in
            for s in 0..<segments.count {
              let share = 1 / Float(max(1, segments[s].count))
              for row in segments[s] {
                adapt_scale(dy.storage.base + s * D, share, D, out + row * D)
              }
            }
          }
        }
      }
    }
  }

  /// Each row divided by its Euclidean length, but at least 1e-12, shape kept.
  ///
  /// Saves the result and the lengths.
  package var normalisedRows: Variable {
    let (x, saved, D) = (place, saved, columns)
    let y = value.normalisedRows()
    // y = x / n, n = |x|: dx = (dy - y (y · dy)) / n; a row below the floor is only divided by it.
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        let source = saved.value
        return withExtendedLifetime((source, y, dy)) {
          Tensor(x.shape) { out in
            inParallel(x.rows, weight: D) { part in
              for row in part {
                let start = row * D
                projectRow(
                  source.storage.base + start, y.storage.base + start, dy.storage.base + start,
                  D, out + start)
              }
            }
          }
        }
      }
    }
  }
}

/// `dx` of one row of `normalisedRows`; lengths and products in Double, as the forward pass does.
private func projectRow(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ width: Int,
  _ dx: UnsafeMutablePointer<Float>
) {
  var (square, product) = (0.0, 0.0)
  for j in 0..<width {
    square += Double(x[j]) * Double(x[j])
    product += Double(y[j]) * Double(dy[j])
  }
  let length = square.squareRoot()
  let pull = length > 1e-12 ? Float(product) : 0
  let share = Float(1 / max(length, 1e-12))
  for j in 0..<width { dx[j] = (dy[j] - y[j] * pull) * share }
}
