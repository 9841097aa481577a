// Memory that a measured operation writes to.
import AdaptTensors

/// Floats of their own, freed with their last user; all pages are touched.
final class Scratch {
  private let base: UnsafeMutablePointer<Float>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    base = .allocate(capacity: max(1, count))
    base.initialize(repeating: 0, count: count)
  }

  deinit { base.deallocate() }

  /// The start of it as a matrix, valid while this lives.
  func matrix(rows: Int, columns: Int) -> MutableMatrixView {
    precondition(rows * columns <= count)
    return MutableMatrixView(base, rows: rows, columns: columns)
  }
}
