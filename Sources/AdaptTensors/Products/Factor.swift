// Either side of a product, as it lies or transposed, and its pieces.

/// One factor of a product: a matrix as it lies in memory, or its transpose.
package struct Factor: Sendable {
  package var matrix: MatrixView
  package var isTransposed: Bool

  package init(matrix: MatrixView, isTransposed: Bool) {
    self.matrix = matrix
    self.isTransposed = isTransposed
  }

  /// The matrix itself.
  package static func plain(_ matrix: MatrixView) -> Factor {
    Factor(matrix: matrix, isTransposed: false)
  }

  /// Its transpose, which is not formed.
  package static func transposed(_ matrix: MatrixView) -> Factor {
    Factor(matrix: matrix, isTransposed: true)
  }

  var rows: Int { isTransposed ? matrix.columns : matrix.rows }
  var columns: Int { isTransposed ? matrix.rows : matrix.columns }

  /// Some rows of the factor, all of its columns.
  func rows(_ part: Range<Int>) -> Factor {
    var copy = self
    copy.matrix =
      isTransposed ? matrix[0..<matrix.rows, part] : matrix[part, 0..<matrix.columns]
    return copy
  }

  /// Some columns of the factor, all of its rows.
  func columns(_ part: Range<Int>) -> Factor {
    var copy = self
    copy.matrix =
      isTransposed ? matrix[part, 0..<matrix.columns] : matrix[0..<matrix.rows, part]
    return copy
  }
}
