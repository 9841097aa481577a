// One new token a sequence over its cached keys: the attention of decoding, whose cost is reading them.
import AdaptTensors
import CKernels

/// The segments of a call that have one query.
struct SingleQueries {
  private let call: CachedAttention
  private let tasks: [Task]
  /// Tasks of each result: a segment and key head.
  private let results: [(segment: Int, keyHead: Int, tasks: Range<Int>)]
  /// Keys of all tasks.
  private let work: Int

  /// The queries of one key head against what they see of one block.
  private struct Task {
    let segment: Int
    let keyHead: Int
    let block: KeyBlock
    let keys: Range<Int>
  }

  init(call: CachedAttention, chosen: [Int]) {
    self.call = call
    var (tasks, results) = ([Task](), [(segment: Int, keyHead: Int, tasks: Range<Int>)]())
    var work = 0
    for segment in chosen {
      let count = call.counts[segment]
      let length = Self.taskLength(count)
      let seen = call.blocks[segment].flatMap { placed -> [(KeyBlock, Range<Int>)] in
        placed.visible(at: count - 1, of: count, call.rules).cut(by: length)
          .map { (placed.block, $0) }
      }
      for keyHead in 0..<call.rules.keyHeads {
        let start = tasks.count
        for (block, keys) in seen {
          tasks.append(Task(segment: segment, keyHead: keyHead, block: block, keys: keys))
          work += keys.count
        }
        results.append((segment, keyHead, start..<tasks.count))
      }
    }
    (self.tasks, self.results, self.work) = (tasks, results, work)
  }

  /// Keys of a task: few where there are few, so that a single sequence has work for all threads.
  ///
  /// It depends on the sequence alone, and so do the bits of its result.
  static func taskLength(_ count: Int) -> Int { count <= 512 ? 64 : KeyBlock.limit }

  /// Writes the rows of the segments; tasks are shared among the threads where there is enough to read.
  func run(into out: MutableMatrixView) {
    let (G, W) = (call.group, call.width)
    // Of each task: G results of W, their maxima and sums, and scores.
    let size = G * (W + 2 + KeyBlock.limit)
    let scratch = StoragePool.shared.take(max(1, tasks.count * size))
    let base = Scratch(base: scratch.base)
    defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
    if work * W * 2 < 16_384 {
      for index in tasks.indices { attend(tasks[index], base.base + index * size) }
    } else {
      ThreadPool.shared.run(tasks.count) { attend(tasks[$0], base.base + $0 * size) }
    }
    for (segment, keyHead, range) in results {
      let target = out.base + call.segments[segment].lowerBound * out.stride + keyHead * G * W
      for g in 0..<G {
        let first = base.base + range.lowerBound * size
        let maxima = first + G * W + g
        adapt_merge_attention(
          first + g * W, size, maxima, maxima + G, size, range.count, W, target + g * W)
      }
    }
  }

  private func attend(_ task: Task, _ scratch: UnsafeMutablePointer<Float>) {
    let (G, W) = (call.group, call.width)
    let place = task.keyHead * task.block.headStride + task.keys.lowerBound * task.block.stride
    let row = call.segments[task.segment].lowerBound
    let query = call.query.storage.base + row * call.query.columns + task.keyHead * G * W
    let maxima = scratch + G * W
    adapt_attend_keys(
      query, G, W, task.block.keys + place, task.block.values + place, task.block.stride,
      task.keys.count, call.scale, call.rules.softCap ?? 0, maxima + 2 * G, scratch, maxima,
      maxima + G)
  }

  /// An address that may cross threads: each task writes its own part.
  private struct Scratch: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
  }
}
