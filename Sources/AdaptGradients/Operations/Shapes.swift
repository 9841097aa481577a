// Other views of the same numbers: shapes, parts and joins of matrices.
import AdaptTensors
import CKernels

extension Variable {
  /// The same elements under another shape of as many; nothing is copied.
  package func reshaped(_ shape: [Int]) -> Variable {
    let x = place
    return recorded(value.reshaped(shape), from: [self]) { dy, gradients in
      gradients.add(to: x) { dy.reshaped(x.shape) }
    }
  }

  /// Some columns of every row `[N, part.count]`.
  package func columns(_ part: Range<Int>) -> Variable {
    let (x, D) = (place, columns)
    precondition(part.lowerBound >= 0 && part.upperBound <= D)
    let y = Tensor([rows, part.count]) { copyColumns(value, part, to: $0, part.count) }
    // The gradient of what was left out is zero.
    return recorded(y, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        Tensor(zeros: x.shape) { copyColumns(dy, 0..<dy.columns, to: $0 + part.lowerBound, D) }
      }
    }
  }

  /// Some rows `[part.count, D]`.
  package func rows(_ part: Range<Int>) -> Variable {
    gatheringRows(part.map { Int32($0) })
  }
}

/// The rows of all `parts` `[Nᵢ, D]`, one below the other.
package func stackingRows(_ parts: [Variable]) -> Variable {
  let columns = parts.first?.columns ?? 0
  let y = Tensor(stackingRows: parts.map(\.value), columns: columns)
  let places = parts.map(\.place)
  return recorded(y, from: parts) { dy, gradients in
    var start = 0
    for part in places {
      gradients.add(to: part) { [start] in
        withExtendedLifetime(dy) {
          Tensor(part.shape) {
            $0.update(from: dy.storage.base + start * columns, count: part.rows * columns)
          }
        }
      }
      start += part.rows
    }
  }
}

/// The columns of all `parts` `[N, Dᵢ]`, side by side.
package func joiningColumns(_ parts: [Variable]) -> Variable {
  let (N, D) = (parts.first?.rows ?? 0, parts.reduce(0) { $0 + $1.columns })
  precondition(parts.allSatisfy { $0.rows == N })
  let starts = parts.indices.map { index in parts[..<index].reduce(0) { $0 + $1.columns } }
  let y = Tensor([N, D]) { out in
    for (part, start) in zip(parts, starts) {
      copyColumns(part.value, 0..<part.columns, to: out + start, D)
    }
  }
  let places = parts.map(\.place)
  return recorded(y, from: parts) { dy, gradients in
    for (part, start) in zip(places, starts) {
      gradients.add(to: part) {
        Tensor(part.shape) { copyColumns(dy, start..<start + part.columns, to: $0, part.columns) }
      }
    }
  }
}

extension Variable {
  /// All columns in parts of these widths, side by side: the opposite of `joiningColumns`.
  ///
  /// One step of the backward pass puts the gradients of all parts together.
  /// - Precondition: the widths add up to the columns.
  package func splittingColumns(_ widths: [Int]) -> [Variable] {
    let (x, D) = (place, columns)
    precondition(widths.allSatisfy { $0 >= 0 } && widths.reduce(0, +) == D, "\(widths) of \(D)")
    let starts = widths.indices.map { widths[..<$0].reduce(0, +) }
    let parts = zip(starts, widths).map { start, width in
      Tensor([rows, width]) { copyColumns(value, start..<start + width, to: $0, width) }
    }
    // What received no gradient is zero.
    return recorded(parts, from: [self]) { dy, gradients in
      gradients.add(to: x) {
        Tensor(zeros: x.shape) { out in
          for (part, start) in zip(dy, starts) {
            if let part { copyColumns(part, 0..<part.columns, to: out + start, D) }
          }
        }
      }
    }
  }
}

/// Copies columns of `x` to rows that are `stride` floats apart.
private func copyColumns(
  _ x: Tensor, _ part: Range<Int>, to out: UnsafeMutablePointer<Float>, _ stride: Int
) {
  withExtendedLifetime(x) {
    for row in 0..<x.rows {
      (out + row * stride).update(
        from: x.storage.base + row * x.columns + part.lowerBound, count: part.count)
    }
  }
}
