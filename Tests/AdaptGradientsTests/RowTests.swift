// Norms, rotary positions, gathers, means and losses over rows against their twins.
import AdaptGradients
import AdaptTensors
import Foundation
import Testing

private struct RMSTwin: Twin {
  let width: Int

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    inputs[0].indices.map { i in
      let row = Array(inputs[0][(i / width * width)..<(i / width * width + width)])
      let mean = row.map { $0 * $0 }.total / S(Double(width))
      return inputs[0][i] / (mean + S(1e-5)).root * inputs[1][i % width]
    }
  }
}

private struct LayerNormTwin: Twin {
  let width: Int

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    inputs[0].indices.map { i in
      let row = Array(inputs[0][(i / width * width)..<(i / width * width + width)])
      let mean = row.total / S(Double(width))
      let variance = row.map { ($0 - mean) * ($0 - mean) }.total / S(Double(width))
      let normal = (inputs[0][i] - mean) / (variance + S(1e-2)).root
      return normal * inputs[1][i % width] + inputs[2][i % width]
    }
  }
}

private struct RotaryTwin: Twin {
  let heads: Int
  let width: Int
  let half: Int
  let positions: [Int]

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    inputs[0].indices.map { i in
      let (row, j) = (i / (heads * width), i % width)
      guard j < 2 * half else { return inputs[0][i] }
      let angle = Double(positions[row]) / pow(100, Double(j % half) / Double(half))
      let other = inputs[0][j < half ? i + half : i - half] * S(sin(angle))
      let own = inputs[0][i] * S(cos(angle))
      return j < half ? own - other : own + other
    }
  }
}

private struct GatherTwin: Twin {
  let width: Int
  let numbers: [Int32]

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    numbers.flatMap { inputs[0][(Int($0) * width)..<(Int($0) * width + width)] }
  }
}

private struct ScatterTwin: Twin {
  let width: Int
  let numbers: [Int32]
  let rows: Int

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    var out = [S](repeating: S(0), count: rows * width)
    for (i, number) in numbers.enumerated() {
      for j in 0..<width {
        out[Int(number) * width + j] = out[Int(number) * width + j] + inputs[0][i * width + j]
      }
    }
    return out
  }
}

private struct MeansTwin: Twin {
  let width: Int
  let segments: Segments
  let isUnit: Bool

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    (0..<segments.count).flatMap { s in
      let means = (0..<width).map { j in
        segments[s].map { inputs[0][$0 * width + j] }.total / S(Double(max(1, segments[s].count)))
      }
      guard isUnit, !segments[s].isEmpty else { return means }
      let length = means.map { $0 * $0 }.total.root
      return means.map { $0 / length }
    }
  }
}

private struct EntropyTwin: Twin {
  let classes: Int
  let targets: [Int32]

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    targets.enumerated().map { i, target in
      guard target >= 0 else { return S(0) }
      let row = Array(inputs[0][(i * classes)..<(i * classes + classes)])
      return row.logSumExp - row[Int(target)]
    }
  }
}

struct RowTests {
  @Test(arguments: [(0, 4), (1, 1), (3, 5), (2, 16), (5, 33)])
  func normsMatch(rows: Int, width: Int) {
    let (N, D) = (rows, width)
    expectTwin("rms", [[N, D], [D]], twin: RMSTwin(width: D)) {
      $0[0].rmsNormalised(gain: $0[1], epsilon: 1e-5)
    }
    expectTwin("layer norm", [[N, D], [D], [D]], twin: LayerNormTwin(width: D)) {
      $0[0].layerNormalised(gain: $0[1], shift: $0[2], epsilon: 1e-2)
    }
  }

  @Test func normsInThreadsMatch() {
    let key = RandomKey(seed: 8)
    let (x, gain) = (key.uniform([300, 65], in: -1..<1), key.uniform([65], in: 0..<1))
    func run(_ rows: Range<Int>) -> [Float] {
      let part = Trainable("x", Variable(x).rows(rows).value)
      let gradients = Gradients()
      let y = Variable(part).rmsNormalised(gain: Variable(gain), epsilon: 1e-5)
        .layerNormalised(gain: Variable(gain), shift: Variable(gain), epsilon: 1e-5)
      gradients.backward(from: (y * y).sum)
      return y.value.elements + (gradients[part]?.elements ?? [])
    }
    let whole = run(0..<300)
    let one = run(299..<300)
    #expect(Array(whole[(299 * 65)..<(300 * 65)]) == Array(one[..<65]))
    #expect(Array(whole.suffix(65)) == Array(one.suffix(65)))
  }

  @Test(arguments: [(1, 2, 1), (2, 6, 3), (3, 8, 2), (1, 64, 32)])
  func rotaryMatches(heads: Int, width: Int, half: Int) {
    let positions = [0, 1, 2, 0, 7]
    let table = RotaryTable(
      frequencies: (0..<half).map { pow(100, -Double($0) / Double(half)) }, positions: 8)
    let twin = RotaryTwin(heads: heads, width: width, half: half, positions: positions)
    expectTwin("rotary", [[5, heads * width]], TwinSettings(bound: 2e-6), twin: twin) {
      $0[0].rotated(by: table, positions: positions, heads: heads)
    }
  }

  @Test func gathersAndScattersMatch() {
    for (D, numbers) in [(1, [0]), (5, [2, 0, 2, 3]), (17, [1, 1, 1]), (3, [])] {
      let numbers = numbers.map { Int32($0) }
      expectTwin("gather", [[4, D]], twin: GatherTwin(width: D, numbers: numbers)) {
        $0[0].gatheringRows(numbers)
      }
      let twin = ScatterTwin(width: D, numbers: numbers, rows: 6)
      expectTwin("scatter", [[numbers.count, D]], twin: twin) {
        $0[0].scatteringRows(numbers, into: 6)
      }
    }
  }

  @Test func embeddingsGatherFrozenAndTrainableRows() {
    let table = Tensor([3, 2], [1, 2, 3, 4, 5, 6])
    let frozen = embedding([2, 0], Parameter(table))
    #expect(frozen.value.elements == [5, 6, 1, 2] && !frozen.wantsGradient)
    let trainable = Trainable("table", table)
    let gradients = Gradients()
    gradients.backward(from: embedding([2, 0, 2], .trainable(trainable)).sum)
    #expect(gradients[trainable]?.elements == [1, 1, 0, 0, 2, 2])
  }

  @Test func meansAndUnitRowsMatch() {
    for (D, lengths) in [(1, [1]), (5, [3, 1]), (17, [2, 5, 1])] {
      let segments = Segments(lengths: lengths)
      let unit = MeansTwin(width: D, segments: segments, isUnit: true)
      expectTwin("unit", [[segments.total, D]], twin: unit) {
        $0[0].means(over: segments).normalisedRows
      }
    }
    let segments = Segments(lengths: [2, 0, 3])
    let means = MeansTwin(width: 3, segments: segments, isUnit: false)
    expectTwin("means", [[5, 3]], twin: means) { $0[0].means(over: segments) }
  }

  @Test func crossEntropiesMatch() {
    for (C, targets) in [(1, [0]), (2, [1, -100, 0]), (17, [16, 3]), (33, [0, -100])] {
      let targets = targets.map { Int32($0) }
      let twin = EntropyTwin(classes: C, targets: targets)
      expectTwin("entropy", [[targets.count, C]], TwinSettings(scale: 5), twin: twin) {
        $0[0].crossEntropies(targets)
      }
    }
  }

  @Test func crossEntropyOfLargeLogitsKeepsItsDigits() {
    let losses = Variable(Tensor([1, 2], [1000, 999])).crossEntropies([0])
    #expect(abs(losses.value.elements[0] - 0.313_261_7) < 1e-6)
  }
}
