// Attention of one step of decoding in one layer: one query a sequence over the keys of its blocks.
import AdaptTensors
import CKernels

/// The tasks of a step's attention, and the blocks of the layer that they read.
struct StepAttention {
  let rules: AttentionRules
  /// Keys of every block of every sequence, the new ones included.
  let counts: [[Int]]
  private var blocks: [[KeyBlock]]
  private let width: Int
  private let tasks: [Task]
  private let results: [Result]

  /// The queries of one key head against part of a block.
  private struct Task {
    let sequence: Int
    let keyHead: Int
    let block: Int
    let keys: Range<Int>
  }

  /// The tasks of one sequence and key head.
  private struct Result {
    let sequence: Int
    let keyHead: Int
    let tasks: Range<Int>
  }

  init(_ rules: AttentionRules, _ blocks: [[KeyBlock]], width: Int) {
    self.rules = rules
    self.blocks = blocks
    self.width = width
    counts = blocks.map { $0.map(\.count) }
    var (tasks, results) = ([Task](), [Result]())
    for sequence in blocks.indices {
      let parts = Self.parts(of: blocks[sequence], rules)
      for keyHead in 0..<rules.keyHeads {
        let start = tasks.count
        tasks += parts.map {
          Task(sequence: sequence, keyHead: keyHead, block: $0.block, keys: $0.keys)
        }
        results.append(Result(sequence: sequence, keyHead: keyHead, tasks: start..<tasks.count))
      }
    }
    (self.tasks, self.results) = (tasks, results)
  }

  /// What the last token sees, in the parts that `SingleQueries` takes.
  private static func parts(
    of blocks: [KeyBlock], _ rules: AttentionRules
  ) -> [(block: Int, keys: Range<Int>)] {
    let count = blocks.reduce(0) { $0 + $1.count }
    let length = SingleQueries.taskLength(count)
    var (first, parts) = (0, [(block: Int, keys: Range<Int>)]())
    for (number, block) in blocks.enumerated() {
      let placed = PlacedBlock(block: block, first: first, isPrefix: false)
      let seen = placed.visible(at: count - 1, of: count, rules)
      parts += seen.cut(by: length).map { (number, $0) }
      first += block.count
    }
    return parts
  }

  /// The same in another layer of equal rules and counts.
  func over(_ blocks: [[KeyBlock]]) -> StepAttention {
    var copy = self
    copy.blocks = blocks
    return copy
  }

  var taskCount: Int { tasks.count }
  private var group: Int { rules.heads / rules.keyHeads }
  /// Floats of one task: results, maxima, sums and scores.
  private var taskSize: Int { group * (width + 2 + KeyBlock.limit) }
  var scratchCount: Int { tasks.count * taskSize }

  /// Puts the new keys and values `[N, K · W]` to the last place of each sequence.
  func write(
    _ keys: UnsafePointer<Float>, _ values: UnsafePointer<Float>, stride: Int
  ) {
    for (sequence, own) in blocks.enumerated() {
      guard let block = own.last else { continue }
      for head in 0..<rules.keyHeads {
        let place = head * block.headStride + (block.count - 1) * block.stride
        let from = sequence * stride + head * width
        // The cache left this place to the step; nobody reads it before the stage is over.
        UnsafeMutablePointer(mutating: block.keys + place).update(from: keys + from, count: width)
        UnsafeMutablePointer(mutating: block.values + place)
          .update(from: values + from, count: width)
      }
    }
  }

  /// One task; `query` is `[N, H · W]` or wider.
  func attend(_ number: Int, _ query: MatrixView, _ scratch: UnsafeMutablePointer<Float>) {
    let task = tasks[number]
    let block = blocks[task.sequence][task.block]
    let (G, W) = (group, width)
    let place = task.keyHead * block.headStride + task.keys.lowerBound * block.stride
    let out = scratch + number * taskSize
    let maxima = out + G * W
    adapt_attend_keys(
      query.base + task.sequence * query.stride + task.keyHead * G * W, G, W, block.keys + place,
      block.values + place, block.stride, task.keys.count,
      rules.scale ?? 1 / Float(max(1, width)).squareRoot(), rules.softCap ?? 0, maxima + 2 * G,
      out, maxima, maxima + G)
  }

  /// Joins the parts of every query `[N, H · W]`.
  func merge(_ scratch: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>) {
    let (G, W, size) = (group, width, taskSize)
    for result in results {
      let first = scratch + result.tasks.lowerBound * size
      let target = out + result.sequence * rules.heads * W + result.keyHead * G * W
      for g in 0..<G {
        let maxima = first + G * W + g
        adapt_merge_attention(
          first + g * W, size, maxima, maxima + G, size, result.tasks.count, W, target + g * W)
      }
    }
  }
}
