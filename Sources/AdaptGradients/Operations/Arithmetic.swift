// Sums and products of two values, the second spread over the first where it is smaller, and reductions.
import AdaptTensors
import CKernels

/// How a smaller operand covers a larger one `[N, D]`.
private enum Spread {
  case same
  /// `[D]`, for every row.
  case row
  /// `[N, 1]`, for every column.
  case column
  /// One number for all.
  case single

  init(_ y: Variable, over x: Variable) {
    if y.shape == x.shape {
      self = .same
    } else if y.shape == [x.columns] {
      self = .row
    } else if y.shape == [x.rows, 1] {
      self = .column
    } else {
      precondition(y.value.count == 1, "\(y.shape) does not spread over \(x.shape)")
      self = .single
    }
  }
}

extension Variable {
  /// The sum; `y` of the same shape, or `[D]`, `[N, 1]` or one number, spread over `x [N, D]`.
  package static func + (x: Variable, y: Variable) -> Variable {
    let spread = Spread(y, over: x)
    let z = spread == .same ? x.value.adding(y.value) : combine(x, y, spread, .sum)
    // dx = dy of the sum; the smaller operand takes the sum over all places it stood in.
    let (a, b) = (x.place, y.place)
    return recorded(z, from: [x, y]) { dz, gradients in
      gradients.add(to: a) { dz }
      gradients.add(to: b) { total(dz, nil, spread).reshaped(b.shape) }
    }
  }

  /// `x - y`, both of one shape.
  package static func - (x: Variable, y: Variable) -> Variable {
    precondition(x.shape == y.shape, "\(x.shape) - \(y.shape)")
    let (a, b) = (x.place, y.place)
    return recorded(x.value.adding(y.value, scale: -1), from: [x, y]) { dz, gradients in
      gradients.add(to: a) { dz }
      gradients.add(to: b) { dz.scaled(by: -1) }
    }
  }

  /// The product element by element; `y` of the same shape, or spread over `x` as in a sum.
  ///
  /// Saves each operand whose partner wants a gradient.
  package static func * (x: Variable, y: Variable) -> Variable {
    let spread = Spread(y, over: x)
    let z = combine(x, y, spread, .product)
    // z = x y: dx = dz y, dy = Σ dz x over all places y stood in.
    let (a, b) = (x.place, y.place)
    let savedX = b.wantsGradient ? x.saved : nil
    let savedY = a.wantsGradient ? y.saved : nil
    return recorded(z, from: [x, y]) { dz, gradients in
      if let savedY {
        gradients.add(to: a) { combine(Variable(dz), Variable(savedY.value), spread, .product) }
      }
      if let savedX {
        gradients.add(to: b) { total(dz, savedX.value, spread).reshaped(b.shape) }
      }
    }
  }

  /// `factor · x`.
  package func scaled(by factor: Float) -> Variable {
    let x = place
    return recorded(value.scaled(by: factor), from: [self]) { dy, gradients in
      gradients.add(to: x) { dy.scaled(by: factor) }
    }
  }

  /// The sum of all elements, shape `[]`; summed in Double.
  package var sum: Variable {
    let x = place
    let total = value.withElements { $0.reduce(0.0) { $0 + Double($1) } }
    return recorded(Tensor([], [Float(total)]), from: [self]) { dy, gradients in
      gradients.add(to: x) { Tensor(filling: x.shape, with: dy.only) }
    }
  }

  /// The mean of all elements, shape `[]`.
  ///
  /// - Precondition: there is an element.
  package var mean: Variable {
    precondition(value.count > 0, "the mean of nothing")
    return sum.scaled(by: 1 / Float(value.count))
  }
}

private enum Combination {
  case sum
  case product
}

private func combine(
  _ x: Variable, _ y: Variable, _ spread: Spread, _ operation: Combination
) -> Tensor {
  let (x, y, D) = (x.value, y.value, x.columns)
  if spread == .single, operation == .product { return x.scaled(by: y.only) }
  let row = spread == .single ? Tensor(filling: [D], with: y.only) : y
  return withExtendedLifetime((x, row)) {
    Tensor(x.shape) { out in
      inParallel(x.rows, weight: D) { part in
        let (start, count) = (part.lowerBound * D, part.count)
        let source = x.storage.base + start
        switch (spread, operation) {
        case (.same, .sum):
          adapt_sum(source, row.storage.base + start, 1, count * D, out + start)
        case (.same, .product):
          adapt_multiply(source, row.storage.base + start, count * D, out + start)
        case (.column, .sum):
          adapt_add_column(source, row.storage.base + part.lowerBound, count, D, out + start)
        case (.column, .product):
          adapt_multiply_column(source, row.storage.base + part.lowerBound, count, D, out + start)
        case (_, .sum): adapt_add_row(source, row.storage.base, count, D, out + start)
        case (_, .product): adapt_multiply_row(source, row.storage.base, count, D, out + start)
        }
      }
    }
  }
}

/// `Σ dz · x` over the places a spread operand stood in; x is 1 when nil.
private func total(_ dz: Tensor, _ x: Tensor?, _ spread: Spread) -> Tensor {
  let (N, D) = (dz.rows, dz.columns)
  return withExtendedLifetime((dz, x)) {
    let (a, b) = (dz.storage.base, x?.storage.base)
    switch spread {
    case .same: return x.map { combine(Variable(dz), Variable($0), .same, .product) } ?? dz
    case .row:
      return Tensor(zeros: [D]) {
        if let b {
          adapt_column_products(a, b, N, D, $0)
        } else {
          adapt_add_column_sums(a, N, D, D, $0)
        }
      }
    case .column: return Tensor([N, 1]) { adapt_row_sums(a, D, b, D, N, D, $0) }
    case .single:
      let sum = (0..<dz.count).reduce(0.0) { sum, i in
        sum + Double(a[i]) * (b.map { Double($0[i]) } ?? 1)
      }
      return Tensor([1], [Float(sum)])
    }
  }
}

extension Tensor {
  /// `factor · self`.
  func scaled(by factor: Float) -> Tensor {
    withExtendedLifetime(self) {
      Tensor(shape) { out in
        inParallel(count) {
          let start = $0.lowerBound
          adapt_scale(storage.base + start, factor, $0.count, out + start)
        }
      }
    }
  }

  /// The element of a tensor that has one.
  var only: Float { withElements { $0[0] } }

  init(filling shape: [Int], with value: Float) {
    self.init(shape) { $0.update(repeating: value, count: shape.reduce(1, *)) }
  }
}
