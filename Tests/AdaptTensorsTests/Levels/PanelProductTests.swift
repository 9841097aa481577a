// Products with packed panels and attention inside short segments, at every level this processor has.
import AdaptTensors
import CKernels
import Foundation
import Testing

struct PanelProductTests {
  /// `w` packed in panels of 32 rows, whose pitch is longer than `columns`.
  private func packed(
    _ w: [Float], _ rows: Int, _ columns: Int, _ pitch: Int, _ level: KernelLevel
  ) throws -> [Float] {
    var panels: [Float] = []
    for first in stride(from: 0, to: rows, by: 32) {
      panels += try #require(
        filled(32 * columns, Float(9), guarding: 7) { out in
          w.withUnsafeBufferPointer { w in
            guard let base = w.baseAddress else { return }
            level.kernels.adapt_pack_panel(
              base + first * pitch, min(32, rows - first), columns, pitch, out)
          }
        })
    }
    return panels
  }

  @Test(arguments: KernelLevel.all, [0, 1, 15, 16, 17, 100, 383, 384, 385, 800])
  func matchesSums(level: KernelLevel, columns: Int) throws {
    var numbers = TestNumbers(columns + 1)
    for (rows, count) in [
      (0, 3), (1, 1), (31, 12), (32, 13), (33, 0), (65, 24), (70, 25), (5, 130),
    ] {
      let (pitch, xPitch, stride) = (columns + 3, columns + 1, rows + 2)
      let w = (0..<rows * pitch + 1).map { _ in numbers.next() }
      let x = (0..<count * xPitch + 1).map { _ in numbers.next() }
      let panels = try packed(w, rows, columns, pitch, level)
      let out = try #require(
        filled(count * stride, Float(9), guarding: 7) {
          level.kernels.adapt_panel_products(
            panels, rows, columns, x, count, xPitch, $0, stride, nil)
        })
      for n in 0..<count {
        for i in 0..<rows {
          let terms = (0..<columns).map { Double(w[i * pitch + $0]) * Double(x[n * xPitch + $0]) }
          let (sum, size) = (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
          #expect(abs(Double(out[n * stride + i]) - sum) <= 2e-6 * size, "\(rows) \(count)")
        }
        #expect(out[n * stride + rows] == 9, "between the rows nothing is written")
      }
    }
  }

  @Test(arguments: KernelLevel.all)
  func aRowDoesNotDependOnItsNeighbours(level: KernelLevel) throws {
    let (rows, columns, count) = (40, 500, 27)
    var numbers = TestNumbers(3)
    let w = (0..<rows * columns).map { _ in numbers.next() }
    let x = (0..<count * columns).map { _ in numbers.next() }
    let panels = try packed(w, rows, columns, columns, level)
    func products(_ n: Range<Int>) throws -> [Float] {
      let part = Array(x[n.lowerBound * columns..<n.upperBound * columns])
      return try #require(
        filled(n.count * rows, Float(0), guarding: 7) {
          level.kernels.adapt_panel_products(
            panels, rows, columns, part, n.count, columns, $0, rows, panels)
        })
    }
    let together = try products(0..<count)
    for n in 0..<count {
      try #expect(products(n..<n + 1) == Array(together[n * rows..<(n + 1) * rows]))
    }
  }

  @Test(arguments: KernelLevel.all, [1, 5, 16, 32, 40, 65])
  func attendsInsideASegment(level: KernelLevel, width: Int) throws {
    var numbers = TestNumbers(width)
    for rows in [0, 1, 2, 3, 4, 15, 17, 64, 128] {
      let (stride, outStride) = (width + 2, width + 1)
      let inputs = (0..<3).map { _ in (0..<rows * stride + 1).map { _ in numbers.next() } }
      let (q, k, v) = (inputs[0], inputs[1], inputs[2])
      let out = try #require(
        filled(rows * outStride, Float(9), guarding: 7) {
          level.kernels.adapt_attend_segment(
            q, k, v, rows, stride, width, 0.5, $0, outStride)
        })
      for i in 0..<rows {
        let wanted = attended(i, (q, k, v), rows, stride, width)
        for j in 0..<width {
          #expect(abs(Double(out[i * outStride + j]) - wanted[j]) <= 3e-6, "\(rows)")
        }
        #expect(out[i * outStride + width] == 9, "between the rows nothing is written")
      }
    }
  }

  /// One row of attention with scale 1/2.
  private func attended(
    _ i: Int, _ input: (q: [Float], k: [Float], v: [Float]), _ rows: Int, _ stride: Int,
    _ width: Int
  ) -> [Double] {
    let scores = (0..<rows).map { t in
      (0..<width).reduce(0.0) {
        $0 + 0.5 * Double(input.q[i * stride + $1]) * Double(input.k[t * stride + $1])
      }
    }
    let top = scores.max() ?? 0
    let shares = scores.map { exp($0 - top) }
    let sum = shares.reduce(0, +)
    return (0..<width).map { j in
      (0..<rows).reduce(0.0) { $0 + shares[$1] / sum * Double(input.v[$1 * stride + j]) }
    }
  }
}
