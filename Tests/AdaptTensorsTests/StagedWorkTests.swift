// Work in stages: every piece once, all of a stage before the next, alone between them.
import AdaptTensors
import Synchronization
import Testing

struct StagedWorkTests {
  @Test(arguments: [1, 2, 4]) func stagesFollowEachOther(_ threads: Int) {
    let pool = ThreadPool(threads: threads)
    for pieces in [[1], [3, 0, 5, 1], [0, 0, 2], [0], [], Array(repeating: 7, count: 300)] {
      let work = Sums(pieces)
      pool.run(work)
      #expect(work.log == pieces.indices.map { [$0, pieces[$0]] })
      #expect(work.keptOrder)
    }
  }

  /// A pool that is at work lends no threads: the caller does all of it.
  @Test func insideOfATask() {
    let pool = ThreadPool(threads: 2)
    let works = (0..<4).map { _ in Sums([4, 2, 9]) }
    pool.run(works.count) { pool.run(works[$0]) }
    for work in works { #expect(work.log == [[0, 4], [1, 2], [2, 9]]) }
  }

  /// Counts the pieces of each stage.
  private final class Sums: StagedWork {
    private let counts: [Int]
    private let done = Atomic<Int>(0)
    private let current = Atomic<Int>(0)
    private let isOrdered = Atomic<Bool>(true)
    /// Stage and pieces done, of every stage that finished.
    private(set) var log: [[Int]] = []

    init(_ counts: [Int]) { self.counts = counts }

    var stages: Int { counts.count }

    var keptOrder: Bool { isOrdered.load(ordering: .relaxed) }

    func pieces(of stage: Int) -> Int { counts[stage] }

    func run(_ piece: Int, of stage: Int) {
      if current.load(ordering: .relaxed) != stage || piece >= counts[stage] {
        isOrdered.store(false, ordering: .relaxed)
      }
      done.add(1, ordering: .relaxed)
    }

    func finish(_ stage: Int) {
      log.append([stage, done.exchange(0, ordering: .relaxed)])
      current.store(stage + 1, ordering: .relaxed)
    }
  }
}
