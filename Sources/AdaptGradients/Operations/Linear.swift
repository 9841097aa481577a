// Dense layers, frozen or trainable, alone or several on one input, each with an optional low-rank update.
package import AdaptTensors
import CKernels

/// `s · B(A x)` beside a dense layer: `down` A `[r, K]`, `up` B `[M, r]`.
///
/// Hu et al., LoRA, arXiv:2106.09685, eq. 3, with s = α / r chosen by the caller.
package struct LowRankUpdate {
  package var down: Variable
  package var up: Variable
  package var scale: Float

  package init(down: Variable, up: Variable, scale: Float) {
    precondition(down.rows == up.columns, "rank \(down.rows) into \(up.columns)")
    self.down = down
    self.up = up
    self.scale = scale
  }
}

/// One dense layer of a group: `weight [M, K]`, `bias [M]`.
package struct DenseLayer {
  package var weight: Parameter
  package var bias: Parameter?
  package var update: LowRankUpdate?
  /// Whether a trainable weight lies as `[K, M]`; a frozen one says so itself (`TransposedWeight`).
  package var isTransposed: Bool

  package init(
    weight: Parameter, bias: Parameter? = nil, update: LowRankUpdate? = nil,
    isTransposed: Bool = false
  ) {
    self.weight = weight
    self.bias = bias
    self.update = update
    self.isTransposed = isTransposed
  }
}

extension Variable {
  /// `x [N, K] · weight [M, K]ᵀ + bias [M]` as `[N, M]`.
  package func linear(_ weight: Parameter, bias: Parameter? = nil) -> Variable {
    linears([DenseLayer(weight: weight, bias: bias)])[0]
  }

  /// Several dense layers on one input, `[N, M]` each: `y = f(x Wᵀ + b + s (x Aᵀ) Bᵀ)` with f `activation`.
  ///
  /// Saves x Aᵀ, of which all updates are formed by one product with the stacked A, x where an A or a weight
  /// is trained, and what f is applied to. Where nothing is recorded f is applied while a product's output is
  /// still in cache.
  /// - Precondition: every layer and update takes K inputs.
  package func linears(
    _ layers: [DenseLayer], then activation: Activation = .none
  ) -> [Variable] {
    let operands = layers.map(DenseOperands.init)
    let inputs = [self] + operands.flatMap(\.inputs)
    if let function = activation.function, Recording.reaches(inputs) {
      return linears(layers).map { $0.activated(function) }
    }
    let group = LowRankGroup(operands.map(\.update), input: self)
    let values = denseValues(operands, group, activation)
    let x = place
    let needsInput = group.needsInput || operands.contains { $0.trainableWeight != nil }
    let saved = needsInput ? saved : nil
    return recorded(values, from: inputs) { dys, gradients in
      let input = saved?.value
      for (operand, dy) in zip(operands, dys) {
        if let dy { operand.addOwnGradients(input, dy, gradients) }
      }
      let inner = group.addGradients(dys, input, gradients)
      gradients.add(to: x) { inputGradient(x, operands, dys, group, inner) }
    }
  }

  /// All layers as one task where rows are few or nothing but f32 weights is in them, else one by one.
  private func denseValues(
    _ operands: [DenseOperands], _ group: LowRankGroup, _ activation: Activation
  ) -> [Tensor] {
    let resting = Tensor.isFew(rows) ? operands.compactMap(\.resting) : []
    if rows > 0, resting.count == operands.count {
      let values = value.products(resting) { index, out in
        group.addForward(index, into: out)
        operands[index].addBias(to: out)
      }
      return activation.function.map { f in values.map { $0.applying(f) } } ?? values
    }
    let plain = operands.compactMap(\.plain)
    if plain.count == operands.count { return value.linears(plain, activation: activation) }
    let values = operands.indices.map { operands[$0].forward(value, group, $0) }
    return activation.function.map { f in values.map { $0.applying(f) } } ?? values
  }
}

extension Activation {
  /// The same as a function of its own.
  fileprivate var function: Nonlinearity? {
    switch self {
    case .none: nil
    case .gelu: .gelu
    case .relu: .relu
    }
  }
}

// y = x Wᵀ + b + s u Bᵀ with u = x Aᵀ, and dy given:
//   db = Σ dy,  dW = dyᵀ x,  dB = s dyᵀ u,  du = s dy B,  dA = duᵀ x,
//   dx = dy W + du A, summed over the layers of the group into one buffer.
private func inputGradient(
  _ x: Place, _ operands: [DenseOperands], _ dys: [Tensor?], _ group: LowRankGroup,
  _ inner: Tensor?
) -> Tensor {
  Tensor(x.shape) { out in
    let view = MutableMatrixView(out, rows: x.rows, columns: x.columns)
    var isFirst = true
    for (operand, dy) in zip(operands, dys) {
      guard let dy else { continue }
      operand.weight.multiply(MatrixView(dy), accumulating: !isFirst, into: view, on: .shared)
      isFirst = false
      withExtendedLifetime(dy) {}
    }
    if let inner {
      group.addInputGradient(inner, into: view)
    }
  }
}

/// A layer's parameters, read once for both passes.
private struct DenseOperands {
  let weight: any WeightMatrix
  let trainableWeight: Variable?
  let isTransposed: Bool
  let bias: Variable?
  let update: LowRankUpdate?

  init(_ layer: DenseLayer) {
    isTransposed = layer.isTransposed
    switch layer.weight {
    case .frozen(let weight):
      self.weight = weight
      trainableWeight = nil
    case .trainable(let trainable):
      let variable = Variable(trainable)
      weight = layer.isTransposed ? TransposedWeight(variable.value) : variable.value
      trainableWeight = variable
    }
    bias = layer.bias.map { Variable($0) }
    update = layer.update
  }

  var inputs: [Variable] {
    [trainableWeight, bias, update?.down, update?.up].compactMap { $0 }
  }

  /// Weight and bias alone, where there is no more to it and the weight rests as f32.
  var plain: DenseWeights? {
    guard update == nil, let tensor = weight as? Tensor ?? (weight as? WeightStorage)?.tensor
    else { return nil }
    return DenseWeights(weight: tensor, bias: bias?.value)
  }

  /// The weight as it rests, where it is a matrix as stored.
  var resting: WeightStorage? {
    weight as? WeightStorage ?? (weight as? Tensor).map { WeightStorage($0) }
  }

  func forward(_ x: Tensor, _ group: LowRankGroup, _ index: Int) -> Tensor {
    precondition(x.columns == weight.columns, "\(x.columns) inputs for \(weight.columns)")
    let (N, M) = (x.rows, weight.rows)
    return withExtendedLifetime(x) {
      Tensor([N, M]) { out in
        let view = MutableMatrixView(out, rows: N, columns: M)
        weight.multiplyTransposed(MatrixView(x), into: view, on: .shared)
        group.addForward(index, into: view)
        addBias(to: view)
      }
    }
  }

  func addBias(to out: MutableMatrixView) {
    guard let bias = bias?.value else { return }
    precondition(bias.count == out.columns, "\(bias.count) biases for \(out.columns)")
    withExtendedLifetime(bias) {
      inParallel(out.rows, weight: out.columns) {
        adapt_bias(
          out.base + $0.lowerBound * out.stride, $0.count, out.columns, out.stride,
          bias.storage.base)
      }
    }
  }

  func addOwnGradients(_ x: Tensor?, _ dy: Tensor, _ gradients: Gradients) {
    if let bias { gradients.add(to: bias) { dy.columnSums().reshaped(bias.shape) } }
    guard let weight = trainableWeight, let x else { return }
    gradients.add(to: weight) {
      let (left, right) = isTransposed ? (x, dy) : (dy, x)
      return withExtendedLifetime((x, dy)) {
        Tensor(
          rows: left.columns, columns: right.columns, product: .transposed(MatrixView(left)),
          .plain(MatrixView(right))
        ).reshaped(weight.shape)
      }
    }
  }
}
