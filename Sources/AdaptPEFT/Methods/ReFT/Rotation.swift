// Matrices with orthonormal rows whose free numbers train: products of reflections (Householder, 1958).
package import AdaptGradients
package import AdaptTensors

/// The matrix R `[r, D]` of an intervention, out of what trains.
package struct Rotation: Sendable {
  /// `[r, D]`: the reflections above the diagonal, or R itself where it is free.
  let original: Trainable
  let isOrthogonal: Bool
  /// What the reflections turn on, `[D, D]` with orthonormal columns; nil is the identity.
  let base: Tensor?
  /// Rows are multiplied by the whole part of their diagonal element, as in `torch.nn.utils.parametrizations`: -1
  /// there turns a reflected axis back, and weight decay, which torch lets act on it, makes the row zero.
  let hasSigns: Bool

  package init(_ original: Trainable, base: Tensor?, isOrthogonal: Bool = true, hasSigns: Bool) {
    self.original = original
    self.isOrthogonal = isOrthogonal
    self.base = base
    self.hasSigns = hasSigns
  }

  /// R `[r, D]`.
  ///
  /// With `vᵢ` the part of row i behind the diagonal and 1 on it, `uᵢ = vᵢ / |vᵢ|` and `Hᵢ = I - 2 uᵢᵀ uᵢ`, R is the
  /// first r rows of `Hᵣ … H₁`, times the signs and the base.
  package func callAsFunction() -> Variable {
    let x = Variable(original)
    guard isOrthogonal else { return x }
    let (r, D) = (x.rows, x.columns)
    let behind = Tensor([r, D], (0..<r * D).map { $0 % D > $0 / D ? 1 : 0 })
    let axes = Variable(Tensor([r, D], (0..<r * D).map { $0 % D == $0 / D ? 1 : 0 }))
    let units = (x * Variable(behind) + axes).normalisedRows
    var rows = axes
    for i in (0..<r).reversed() {
      let unit = units.rows(i..<i + 1)
      let along = rows.multiplied(unit, transposed: true)
      rows = rows - along.multiplied(unit).scaled(by: 2)
    }
    if hasSigns { rows = rows * Variable(signs(r, D)) }
    guard let base else { return rows }
    return rows.multiplied(Variable(base), transposed: true)
  }

  private func signs(_ r: Int, _ width: Int) -> Tensor {
    let values = original.value.elements
    return Tensor([r, 1], (0..<r).map { values[$0 * width + $0].rounded(.towardZero) })
  }

  /// Numbers whose rotation is a random one: the reflections that make normal rows triangular.
  static func random(_ r: Int, _ width: Int, _ key: RandomKey) -> Tensor {
    let normal = key.normal([r, width], deviation: 1).elements.map(Double.init)
    var rows = (0..<r).map { Array(normal[$0 * width..<($0 + 1) * width]) }
    var original = [Float](repeating: 0, count: r * width)
    for i in 0..<r {
      var v = rows[i]
      for j in 0..<i { v[j] = 0 }
      let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      v[i] += v[i] < 0 ? -length : length
      guard v[i] != 0 else { continue }
      let square = v.reduce(0) { $0 + $1 * $1 }
      for k in i..<r {
        let along = 2 * zip(rows[k], v).reduce(0) { $0 + $1.0 * $1.1 } / square
        for j in 0..<width { rows[k][j] -= along * v[j] }
      }
      for j in (i + 1)..<max(i + 1, width) { original[i * width + j] = Float(v[j] / v[i]) }
    }
    return Tensor([r, width], original)
  }
}
