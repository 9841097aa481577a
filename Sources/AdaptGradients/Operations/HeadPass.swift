// The pass over chunks of logits that the operations of an output head share.
import AdaptTensors
import CKernels

// l = x Wᵀ + b + s (x Aᵀ) Bᵀ, capped to c tanh(l / c) where there is a cap c;
// loss = Σ w_i (ln Σ_v e^l_iv - l_it):  dl_iv = w_i (softmax(l_i)_v - [v = t]) (1 - (l_iv / c)²), in place of l;
// dx = dl W, dW += dlᵀ x, db += Σ_i dl_i and the gradients of the update, chunk by chunk.
struct HeadPass {
  struct Result {
    var loss = 0.0
    var dx: Tensor?
    var dWeight: Tensor?
    var dBias: Tensor?
    var dDown: Tensor?
    var dUp: Tensor?
  }

  let weight: any WeightMatrix
  let weightVariable: Variable?
  let bias: Variable?
  let update: HeadUpdate?
  let softCap: Float?
  let logitBytes: Int
  /// Numbers of the tokens kept, and of all.
  let kept: [Int32]
  let targets: [Int32]
  /// The rows kept `[M, D]`.
  let x: Tensor

  init(_ x: Tensor, _ head: OutputHead, _ kept: [Int32], _ targets: [Int32]) {
    switch head.weight {
    case .frozen(let weight):
      self.weight = weight
      weightVariable = nil
    case .trainable(let trainable):
      let variable = Variable(trainable)
      weight = variable.value
      weightVariable = variable
    }
    precondition(x.columns == weight.columns, "\(x.columns) columns, head of \(weight.columns)")
    bias = head.bias.map { Variable($0) }
    softCap = head.softCap
    precondition(softCap.map { $0 > 0 } ?? true, "a cap of \(softCap ?? 0)")
    logitBytes = head.logitBytes
    self.kept = kept
    self.targets = kept.map { targets[Int($0)] }
    let classes = 0..<Int32(clamping: weight.rows)
    precondition(self.targets.allSatisfy { classes.contains($0) }, "a target outside \(classes)")
    let rows =
      kept.count == x.rows
      ? x
      : Tensor([kept.count, x.columns]) {
        x.gather(kept, into: MutableMatrixView($0, rows: kept.count, columns: x.columns))
      }
    self.x = rows
    let outputs = weight.rows
    update = head.update.map { HeadUpdate($0, x: rows, outputs: outputs) }
  }

  /// What may want a gradient beside x.
  var parameters: [Variable] {
    [weightVariable, bias, update?.down, update?.up].compactMap { $0 }
  }

  /// The loss under `weights [M]`; gradients too unless `wants` is nil, that of x only where it is true.
  func loss(weights: [Float], wants: Bool?) -> Result {
    var result = Result()
    guard let wants else {
      result.loss = zip(weights, losses()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      return result
    }
    let (D, V) = (x.columns, weight.rows)
    let dx = wants ? TensorBuffer(x.shape) : nil
    let dWeight = weightVariable.map { _ in TensorBuffer([V, D], filledWith: 0) }
    let dBias = bias?.wantsGradient == true ? TensorBuffer([V], filledWith: 0) : nil
    let updates = update.map { HeadUpdate.Sums($0, wantsInput: wants) }
    forEachChunk { part, logits in
      let losses = backward(logits, part, weights)
      for (i, loss) in zip(part, losses) { result.loss += Double(weights[i]) * Double(loss) }
      let rows = MatrixView(logits.base, rows: part.count, columns: V)
      if let dx {
        weight.multiply(
          rows, accumulating: false, into: dx.matrix[part, 0..<D], on: .shared)
      }
      if let dWeight {
        BLAS.product(
          .transposed(rows), .plain(MatrixView(x)[part, 0..<D]), accumulating: true,
          into: dWeight.matrix, on: .shared)
      }
      if let dBias { adapt_add_column_sums(logits.base, part.count, V, V, dBias.base) }
      updates?.add(part, rows)
    }
    if let updates { (result.dDown, result.dUp) = updates.finish(x: x, dx: dx) }
    result.dx = dx?.finished()
    result.dWeight = dWeight?.finished()
    result.dBias = dBias?.finished()
    return result
  }

  /// `factor · dx` `[M, D]` in the rows it belongs to; zeros in those of ignored tokens.
  func spread(_ dx: Tensor, _ factor: Float, shape: [Int]) -> Tensor {
    let (M, D) = (kept.count, x.columns)
    precondition(dx.rows == M)
    guard dx.shape != shape else { return factor == 1 ? dx : dx.scaled(by: factor) }
    return withExtendedLifetime(dx) {
      Tensor(zeros: shape) { out in
        for (i, number) in kept.enumerated() {
          adapt_scale(dx.storage.base + i * D, factor, D, out + Int(number) * D)
        }
      }
    }
  }

  func addParameterGradients(_ result: Result, _ factor: Float, _ gradients: Gradients) {
    if let weightVariable, let dWeight = result.dWeight {
      gradients.add(to: weightVariable) {
        factor == 1 ? dWeight : dWeight.scaled(by: factor)
      }
    }
    if let bias, let dBias = result.dBias {
      gradients.add(to: bias) { dBias.scaled(by: factor).reshaped(bias.shape) }
    }
    for (variable, gradient) in [(update?.down, result.dDown), (update?.up, result.dUp)] {
      guard let variable, let gradient else { continue }
      gradients.add(to: variable) { gradient.scaled(by: factor).reshaped(variable.shape) }
    }
  }

  /// The loss of each token kept, without a weight.
  func losses() -> [Float] {
    var all = [Float](repeating: 0, count: x.rows)
    forEachChunk { part, logits in
      let losses = entropies(logits, part, into: nil)
      all.replaceSubrange(part, with: losses)
    }
    return all
  }

  /// Calls `body` with the logits of one chunk after the other, in one buffer.
  private func forEachChunk(_ body: (Range<Int>, MutableMatrixView) -> Void) {
    let (M, V) = (x.rows, weight.rows)
    guard M > 0, V > 0 else { return }
    let chunk = min(max(1, logitBytes / (V * MemoryLayout<Float>.stride)), M)
    _ = Tensor([chunk, V]) { buffer in
      var start = 0
      while start < M {
        let part = start..<min(start + chunk, M)
        let logits = MutableMatrixView(buffer, rows: part.count, columns: V)
        weight.multiplyTransposed(
          MatrixView(x)[part, 0..<x.columns], into: logits, on: .shared)
        update?.add(part, to: logits)
        finish(logits)
        body(part, logits)
        start = part.upperBound
      }
    }
    withExtendedLifetime(x) {}
  }

  /// Adds the bias and caps.
  private func finish(_ logits: MutableMatrixView) {
    guard bias != nil || softCap != nil else { return }
    let (base, V) = (logits.base, logits.columns)
    withExtendedLifetime(bias) {
      inParallel(logits.rows, weight: V) { rows in
        let start = base + rows.lowerBound * V
        if let bias { adapt_bias(start, rows.count, V, V, bias.value.storage.base) }
        if let softCap { adapt_soft_cap(start, rows.count * V, softCap) }
      }
    }
  }

  private func entropies(
    _ logits: MutableMatrixView, _ part: Range<Int>, into logs: UnsafeMutablePointer<Float>?
  ) -> [Float] {
    let columns = logits.columns
    return [Float](unsafeUninitializedCapacity: part.count) { losses, count in
      count = part.count
      guard let losses = losses.baseAddress else { return }
      targets.withUnsafeBufferPointer { targets in
        guard let targets = targets.baseAddress.map({ $0 + part.lowerBound }) else { return }
        inParallel(part.count, weight: columns) { rows in
          let start = rows.lowerBound
          adapt_cross_entropy(
            logits.base + start * columns, targets + start, rows.count, columns, losses + start,
            logs.map { $0 + start })
        }
      }
    }
  }

  /// Turns the logits of a chunk into their gradients, and gives the losses.
  private func backward(
    _ logits: MutableMatrixView, _ part: Range<Int>, _ weights: [Float]
  ) -> [Float] {
    let columns = logits.columns
    var losses: [Float] = []
    _ = Tensor([part.count]) { logs in
      losses = entropies(logits, part, into: logs)
      targets.withUnsafeBufferPointer { targets in
        weights.withUnsafeBufferPointer { weights in
          guard let targets = targets.baseAddress, let weights = weights.baseAddress else { return }
          let first = part.lowerBound
          inParallel(part.count, weight: columns) { rows in
            let start = rows.lowerBound
            adapt_cross_entropy_backward(
              logits.base + start * columns, targets + first + start, logs + start,
              weights + first + start, rows.count, columns, softCap ?? 0)
          }
        }
      }
    }
    return losses
  }
}
