// Rectangles inside row-major memory, the arguments of products.

/// A readable matrix: `rows` × `columns` floats, rows `stride` floats apart.
///
/// It does not keep its memory alive; kernels hold the tensors around its use.
package struct MatrixView: @unchecked Sendable {
  package var base: UnsafePointer<Float>
  package var rows: Int
  package var columns: Int
  package var stride: Int

  package init(_ base: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// The whole tensor, all axes but the last as rows.
  package init(_ tensor: Tensor) {
    self.init(tensor.storage.base, rows: tensor.rows, columns: tensor.columns)
  }

  /// A rectangle of it.
  package subscript(rows: Range<Int>, columns: Range<Int>) -> MatrixView {
    MatrixView(
      base + rows.lowerBound * stride + columns.lowerBound, rows: rows.count,
      columns: columns.count, stride: stride)
  }
}

/// A writable matrix; the same shape rules as `MatrixView`.
package struct MutableMatrixView: @unchecked Sendable {
  package var base: UnsafeMutablePointer<Float>
  package var rows: Int
  package var columns: Int
  package var stride: Int

  package init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// A rectangle of it.
  package subscript(rows: Range<Int>, columns: Range<Int>) -> MutableMatrixView {
    MutableMatrixView(
      base + rows.lowerBound * stride + columns.lowerBound, rows: rows.count,
      columns: columns.count, stride: stride)
  }
}
