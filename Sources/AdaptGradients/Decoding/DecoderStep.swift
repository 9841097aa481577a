// One step of decoding through all layers, as stages of one task.
import AdaptTensors
import CKernels

/// The stages of a layer, in order.
private enum Stage: Int, CaseIterable {
  case projections, attention, output, gateUp, down
}

/// A step under way: its stream and what a layer computes on the way.
final class DecoderStep: StagedWork {
  private let plan: DecoderPlan
  private let rows: Int
  private let positions: [Int]
  private let table: RotaryTable
  private let attentions: [StepAttention]
  private let memory: StepMemory

  init(
    _ plan: DecoderPlan, rows: Int, positions: [Int], table: RotaryTable, keys: [[[KeyBlock]]]
  ) {
    self.plan = plan
    self.rows = rows
    self.positions = positions
    self.table = table
    var known: [StepAttention] = []
    attentions = plan.layers.indices.map { number in
      let (rules, blocks) = (plan.layers[number].weights.rules, keys[number])
      let counts = blocks.map { $0.map(\.count) }
      let same = known.last { $0.rules == rules && $0.counts == counts }
      if let same { return same.over(blocks) }
      known.append(StepAttention(rules, blocks, width: plan.headWidth))
      return known[known.count - 1]
    }
    memory = StepMemory(
      plan, rows: rows, attention: attentions.reduce(0) { max($0, $1.scratchCount) })
  }

  var stages: Int { plan.layers.count * Stage.allCases.count }

  /// The stream behind the last norm.
  var result: Tensor { memory.finished() }

  /// Takes the embeddings as the stream.
  func begin(_ embeddings: Tensor) {
    embeddings.withElements {
      if let base = $0.baseAddress { memory.stream.update(from: base, count: $0.count) }
    }
    normalise(plan.layers.first?.weights.attentionGain ?? plan.finalGain, into: target(before: 0))
  }

  func pieces(of stage: Int) -> Int {
    let (layer, number, part) = place(stage)
    return switch part {
    case .projections: layer.projections.count
    case .attention: attentions[number].taskCount
    case .output: layer.output.count
    case .gateUp: layer.gateUp.count
    case .down: layer.down.count
    }
  }

  func run(_ piece: Int, of stage: Int) {
    let (layer, number, part) = place(stage)
    switch part {
    case .projections: layer.projections.multiply(piece, input, into: projected(layer))
    case .attention:
      let query = projected(layer)
      attentions[number].attend(
        piece, MatrixView(query.base, rows: rows, columns: query.columns, stride: query.stride),
        memory.scores)
    case .output: layer.output.multiply(piece, attended(layer), into: added)
    case .gateUp:
      let (gate, up) = (matrix(memory.gate, layer.gateUp), matrix(memory.up, layer.gateUp))
      let part = layer.gateUp.multiply(piece, input, into: gate, up)
      for row in 0..<rows {
        let start = row * gate.stride + part.lowerBound
        adapt_swiglu(gate.base + start, up.base + start, part.count, gate.base + start)
      }
    case .down:
      let gate = matrix(memory.gate, layer.gateUp)
      layer.down.multiply(
        piece, MatrixView(gate.base, rows: rows, columns: gate.columns), into: added)
    }
  }

  func finish(_ stage: Int) {
    let (layer, number, part) = place(stage)
    switch part {
    case .projections: takeKeys(layer, attentions[number])
    case .attention: attentions[number].merge(memory.scores, into: memory.attended)
    case .gateUp: break
    case .output:
      addToStream()
      normalise(layer.weights.feedForwardGain, into: memory.input)
    case .down:
      addToStream()
      let next = number + 1
      normalise(
        next < plan.layers.count ? plan.layers[next].weights.attentionGain : plan.finalGain,
        into: target(before: next))
    }
  }

  private func place(_ stage: Int) -> (DecoderPlan.Layer, Int, Stage) {
    let count = Stage.allCases.count
    return (plan.layers[stage / count], stage / count, Stage(rawValue: stage % count) ?? .down)
  }

  /// Where the normalised stream goes: into a layer, or out behind the last.
  private func target(before layer: Int) -> UnsafeMutablePointer<Float> {
    layer < plan.layers.count ? memory.input : memory.output
  }

  private var input: MatrixView { MatrixView(memory.input, rows: rows, columns: plan.width) }

  private var added: MutableMatrixView {
    MutableMatrixView(memory.added, rows: rows, columns: plan.width)
  }

  private func projected(_ layer: DecoderPlan.Layer) -> MutableMatrixView {
    MutableMatrixView(memory.projected, rows: rows, columns: layer.projections.outputs)
  }

  private func attended(_ layer: DecoderPlan.Layer) -> MatrixView {
    MatrixView(
      memory.attended, rows: rows, columns: layer.weights.rules.heads * plan.headWidth)
  }

  private func matrix(
    _ base: UnsafeMutablePointer<Float>, _ pair: PairedWeights
  ) -> MutableMatrixView {
    MutableMatrixView(base, rows: rows, columns: pair.outputs)
  }

  private func addToStream() {
    adapt_sum(memory.stream, memory.added, 1, rows * plan.width, memory.stream)
  }

  private func normalise(_ gain: Tensor, into out: UnsafeMutablePointer<Float>) {
    withExtendedLifetime(gain) {
      adapt_rms_norm(
        memory.stream, rows, plan.width, gain.storage.base, plan.epsilon, out, memory.inverse)
    }
  }

  /// Bias, norms of heads and rotation; then keys and values to their places in the cache.
  private func takeKeys(_ layer: DecoderPlan.Layer, _ attention: StepAttention) {
    let (weights, out, W) = (layer.weights, projected(layer), plan.headWidth)
    let (H, K) = (weights.rules.heads, weights.rules.keyHeads)
    let key = out.base + H * W
    if let bias = weights.projectionBias {
      withExtendedLifetime(bias) {
        adapt_bias(out.base, rows, out.columns, out.stride, bias.storage.base)
      }
    }
    for (part, heads, gain) in [(out.base, H, weights.queryGain), (key, K, weights.keyGain)] {
      guard let gain else { continue }
      for row in 0..<rows {
        let x = part + row * out.stride
        adapt_rms_norm(x, heads, W, gain.storage.base, plan.epsilon, x, memory.inverse)
      }
    }
    if weights.isRotary {
      positions.withUnsafeBufferPointer { positions in
        guard let first = positions.baseAddress else { return }
        for (part, heads) in [(out.base, H), (key, K)] {
          adapt_rotary(
            part, rows, out.stride, heads, W, table.rotated, table.cosine.storage.base,
            table.sine.storage.base, first, 1)
        }
      }
    }
    attention.write(key, key + K * W, stride: out.stride)
  }
}

/// Memory of a step, taken at once.
private final class StepMemory {
  let stream: UnsafeMutablePointer<Float>
  let input: UnsafeMutablePointer<Float>
  let projected: UnsafeMutablePointer<Float>
  let attended: UnsafeMutablePointer<Float>
  let added: UnsafeMutablePointer<Float>
  let gate: UnsafeMutablePointer<Float>
  let up: UnsafeMutablePointer<Float>
  let inverse: UnsafeMutablePointer<Float>
  let scores: UnsafeMutablePointer<Float>
  var output: UnsafeMutablePointer<Float> { last.base }
  private let last: TensorBuffer
  private let memory: (base: UnsafeMutablePointer<Float>, capacity: Int)

  init(_ plan: DecoderPlan, rows: Int, attention: Int) {
    func most(_ size: (DecoderPlan.Layer) -> Int) -> Int {
      plan.layers.reduce(0) { max($0, size($1)) }
    }
    let stream = rows * plan.width
    let heads = most { $0.weights.rules.heads }
    let inner = most { $0.gateUp.outputs }
    let sizes = [
      stream, stream, rows * most { $0.projections.outputs }, rows * heads * plan.headWidth,
      stream, rows * inner, rows * inner, rows * max(1, heads), attention,
    ].map { ($0 + 15) / 16 * 16 }
    let memory = StoragePool.shared.take(sizes.reduce(0, +))
    let parts = sizes.indices.map { memory.base + sizes[..<$0].reduce(0, +) }
    self.memory = memory
    (self.stream, input, projected) = (parts[0], parts[1], parts[2])
    (attended, added, gate) = (parts[3], parts[4], parts[5])
    (up, inverse, scores) = (parts[6], parts[7], parts[8])
    last = TensorBuffer([rows, plan.width])
  }

  deinit { StoragePool.shared.give(memory.base, capacity: memory.capacity) }

  func finished() -> Tensor { last.finished() }
}
