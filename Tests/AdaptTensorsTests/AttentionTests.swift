// Attention over ragged segments, and the thread pool.
import AdaptTensors
import Foundation
import Synchronization
import Testing

struct AttentionTests {
  @Test(arguments: [[1], [0, 3, 0], [5, 1, 17], [130, 64, 65]], [1, 3])
  func matchesTheNaiveForm(lengths: [Int], heads: Int) {
    let segments = Segments(lengths: lengths)
    let (N, D) = (segments.total, heads * 5)
    var numbers = TestNumbers(N + heads)
    let (q, k, v) = (
      numbers.tensor([N, D], scale: 2), numbers.tensor([N, D], scale: 2), numbers.tensor([N, D])
    )
    let stacked = (0..<N).flatMap { row in
      [q, k, v].flatMap { $0.elements[row * D..<(row + 1) * D] }
    }
    let result = attention(Tensor([N, 3 * D], stacked), heads: heads, segments: segments)
    var naive = [Double](repeating: 0, count: N * D)
    for segment in 0..<segments.count {
      for head in 0..<heads {
        let columns = Array(head * 5..<(head + 1) * 5)
        attendNaively((q.elements, k.elements, v.elements), D, segments[segment], columns, &naive)
      }
    }
    #expect(worst(result.elements, naive) < 2e-6)
  }

  private func attendNaively(
    _ input: (q: [Float], k: [Float], v: [Float]), _ width: Int, _ rows: Range<Int>,
    _ columns: [Int], _ out: inout [Double]
  ) {
    let (q, k, v) = input
    for i in rows {
      let scores = rows.map { t in
        columns.reduce(0.0) { $0 + Double(q[i * width + $1]) * Double(k[t * width + $1]) }
          / Double(columns.count).squareRoot()
      }
      let top = scores.max() ?? 0
      let sum = scores.reduce(0) { $0 + exp($1 - top) }
      for j in columns {
        out[i * width + j] = zip(rows, scores).reduce(0) {
          $0 + exp($1.1 - top) / sum * Double(v[$1.0 * width + j])
        }
      }
    }
  }

  @Test(arguments: [1, 2, 5])
  func poolRunsEveryPieceOnce(threads: Int) {
    let pool = ThreadPool(threads: threads)
    for count in [0, 1, 2, 3, 100, 1_000] {
      pool.wake()
      let calls = CallCounter(count)
      pool.run(count) { index in calls.add(index) }
      #expect(calls.counts == [Int](repeating: 1, count: count))
    }
  }

  @Test func poolTakesNestedAndSimultaneousTasks() async {
    let pool = ThreadPool(threads: 3)
    let calls = CallCounter(1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          pool.run(20) { _ in pool.run(5) { _ in calls.add(0) } }
        }
      }
    }
    #expect(calls.counts == [400])
  }

  @Test func partsCoverEverythingOnce() {
    for (count, multiple) in [(0, 1), (1, 1), (7, 1), (100, 1), (100, 16), (7, 16)] {
      for pieces in [1, 2, 3, 8] {
        let parts = (0..<pieces).map {
          ThreadPool.part($0, of: pieces, in: count, multiple: multiple)
        }
        #expect(parts.flatMap { Array($0) } == Array(0..<count))
      }
    }
  }
}

/// Counts calls by index from any thread.
private final class CallCounter: Sendable {
  private let state: Mutex<[Int]>

  init(_ count: Int) { state = Mutex([Int](repeating: 0, count: count)) }

  var counts: [Int] { state.withLock { $0 } }

  func add(_ index: Int) { state.withLock { $0[index] += 1 } }
}
