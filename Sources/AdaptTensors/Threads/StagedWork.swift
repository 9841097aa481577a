// Many small tasks, each of which needs the one before it, as one task of the pool: a token of a decoder is 150
// of them, and hanging each up on its own costs more than some of them take.
import CKernels
import Foundation
import Synchronization

/// Stages that follow one another, each cut into pieces that do not depend on each other.
package protocol StagedWork: AnyObject {
  var stages: Int { get }

  /// Pieces of a stage; known before the first stage runs.
  func pieces(of stage: Int) -> Int

  /// Does one piece, on any thread.
  func run(_ piece: Int, of stage: Int)

  /// What one thread does alone, behind the last piece of a stage and before the first of the next.
  func finish(_ stage: Int)
}

extension ThreadPool {
  /// Runs all stages in order on the threads of the pool and returns when the last has finished.
  ///
  /// Between two stages threads spin, for a microsecond or so. A thread that comes late joins the stage under
  /// way; without any other the caller does everything.
  package func run(_ work: some StagedWork) {
    let stages = Stages(work)
    stages.start()
    run(threads) { _ in stages.work() }
  }
}

/// The stage under way.
///
/// Unchecked Sendable: the stages' pieces are independent, and all of one stage happens before all of the next.
private final class Stages<Work: StagedWork>: @unchecked Sendable {
  private let content: Work
  private let count: Int
  /// The stage, and the next of its pieces that nobody has taken.
  private let ticket = Atomic<Int>(0)
  private let done = Atomic<Int>(0)
  private static var bits: Int { 32 }
  /// Breaths before a thread lets others have its core: some hundred microseconds.
  private static var patience: Int { 10_000 }

  init(_ content: Work) {
    self.content = content
    count = content.stages
  }

  func start() { enter(0) }

  func work() {
    while true {
      let taken = ticket.add(1, ordering: .acquiring).oldValue
      let (stage, piece) = (taken >> Self.bits, taken & (1 << Self.bits - 1))
      if stage >= count { return }
      let pieces = content.pieces(of: stage)
      guard piece < pieces else {
        wait(behind: stage)
        continue
      }
      content.run(piece, of: stage)
      if done.add(1, ordering: .acquiringAndReleasing).newValue == pieces {
        content.finish(stage)
        enter(stage + 1)
      }
    }
  }

  /// Opens the first stage from `stage` on that has pieces.
  private func enter(_ stage: Int) {
    var stage = stage
    while stage < count, content.pieces(of: stage) == 0 {
      content.finish(stage)
      stage += 1
    }
    done.store(0, ordering: .relaxed)
    ticket.store(stage << Self.bits, ordering: .releasing)
  }

  private func wait(behind stage: Int) {
    var breaths = 0
    while ticket.load(ordering: .acquiring) >> Self.bits == stage {
      breaths += 1
      if breaths < Self.patience { adapt_pause() } else { sched_yield() }
    }
  }
}
