// Products of rows with rows that are read where they lie, at every level this processor has.
import AdaptTensors
import CKernels
import Testing

struct TileProductTests {
  @Test(arguments: KernelLevel.all, [0, 1, 15, 16, 17, 40, 100])
  func matchesSums(level: KernelLevel, columns: Int) throws {
    var numbers = TestNumbers(columns + 1)
    for (rows, count) in [(0, 3), (1, 1), (3, 7), (4, 6), (5, 0), (9, 13), (17, 2)] {
      let (pitch, xPitch, stride) = (columns + 3, columns + 1, rows + 2)
      let w = (0..<rows * pitch + 1).map { _ in numbers.next() }
      let x = (0..<count * xPitch + 1).map { _ in numbers.next() }
      let out = try #require(
        filled(count * stride, Float(9), guarding: 7) {
          level.kernels.adapt_tile_products(w, rows, pitch, columns, x, count, xPitch, $0, stride)
        })
      for n in 0..<count {
        for i in 0..<rows {
          let terms = (0..<columns).map { Double(w[i * pitch + $0]) * Double(x[n * xPitch + $0]) }
          let (sum, size) = (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
          // Each of a lane's additions rounds once, to half a place of what the terms sum up to.
          #expect(abs(Double(out[n * stride + i]) - sum) <= 1e-6 * size, "\(rows) \(count)")
        }
        #expect(out[n * stride + rows] == 9, "between the rows nothing is written")
      }
    }
  }

  @Test(arguments: KernelLevel.all)
  func aRowDoesNotDependOnItsNeighbours(level: KernelLevel) throws {
    let (rows, columns, count) = (10, 37, 15)
    var numbers = TestNumbers(3)
    let w = (0..<rows * columns).map { _ in numbers.next() }
    let x = (0..<count * columns).map { _ in numbers.next() }
    func products(_ n: Range<Int>) throws -> [Float] {
      let part = Array(x[n.lowerBound * columns..<n.upperBound * columns])
      return try #require(
        filled(n.count * rows, Float(0), guarding: 7) {
          level.kernels.adapt_tile_products(
            w, rows, columns, columns, part, n.count, columns, $0, rows)
        })
    }
    let together = try products(0..<count)
    for n in 0..<count {
      try #expect(products(n..<n + 1) == Array(together[n * rows..<(n + 1) * rows]))
    }
  }
}
