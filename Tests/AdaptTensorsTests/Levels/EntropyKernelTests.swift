// Cross-entropy with and without a cap on every instruction set, against Double and its central differences.
import CKernels
import Foundation
import Testing

struct EntropyKernelTests {
  @Test(arguments: KernelLevel.all, [Float(0), 2, 30])
  func lossesAndSlopesMatch(level: KernelLevel, cap: Float) throws {
    for columns in oddCounts where columns > 0 {
      let (rows, table) = (3, level.kernels)
      var numbers = TestNumbers(columns)
      let x = (0..<rows * columns).map { _ in numbers.next() * 4 }
      let targets = (0..<rows).map { Int32($0 * 7 % columns) }
      let weights: [Float] = [0.5, -2, 1]
      var capped = x
      if cap > 0 { table.adapt_soft_cap(&capped, x.count, cap) }
      #expect(worst(capped, x.map { Self.capped(Double($0), cap) }) < 1e-6)

      var logs = [Float](repeating: 0, count: rows)
      let losses = filled(rows, Float(0), guarding: 7) {
        table.adapt_cross_entropy(capped, targets, rows, columns, $0, &logs)
      }
      let wanted = (0..<rows).map { i in
        Self.loss(x[i * columns..<(i + 1) * columns].map(Double.init), targets[i], cap)
      }
      #expect(worst(try #require(losses), wanted) < 2e-6)

      let slopes = filled(x.count, Float(0), guarding: 7) { out in
        out.update(from: capped, count: x.count)
        table.adapt_cross_entropy_backward(out, targets, logs, weights, rows, columns, cap)
      }
      let differences = x.indices.map { index in
        let i = index / columns
        let row = x[i * columns..<(i + 1) * columns].map(Double.init)
        let step = 1e-5
        var (above, below) = (row, row)
        above[index % columns] += step
        below[index % columns] -= step
        let difference = Self.loss(above, targets[i], cap) - Self.loss(below, targets[i], cap)
        return Double(weights[i]) * difference / (2 * step)
      }
      #expect(worst(try #require(slopes), differences) < 3e-6, "\(columns) columns")
    }
  }

  private static func capped(_ x: Double, _ cap: Float) -> Double {
    cap > 0 ? Double(cap) * tanh(x / Double(cap)) : x
  }

  private static func loss(_ row: [Double], _ target: Int32, _ cap: Float) -> Double {
    let values = row.map { capped($0, cap) }
    let top = values.max() ?? 0
    return log(values.reduce(0) { $0 + exp($1 - top) }) + top - values[Int(target)]
  }
}
