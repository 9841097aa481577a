// Which parts of AdaLoRA's modules stay: the importance of every weight over the steps, and the cuts.
import AdaptGradients
import AdaptTensors
import Synchronization

/// Sensitivities of the weights of all modules and the masks of the last cut.
final class RankAllocator: Sendable {
  private struct State: Sendable {
    /// By name of the trained tensor: means of |weight · gradient|, and of how far it is from its mean.
    var sensitivity: [String: [Float]] = [:]
    var uncertainty: [String: [Float]] = [:]
    /// By module: the parts that stayed at the last cut; nil before one.
    var masks: [[Bool]]?
  }

  private let configuration: AdaLoRAConfiguration
  /// A, B and E of each module.
  private let modules: [[Trainable]]
  private let current = Mutex(State())

  init(_ configuration: AdaLoRAConfiguration, modules: [[Trainable]]) {
    self.configuration = configuration
    self.modules = modules
  }

  /// Parts of all modules as they are.
  private var start: Int { modules.reduce(0) { $0 + $1[0].shape[0] } }

  /// One step of the schedule, behind that of the optimiser: gradients as it took them, weights as it left them.
  func step(_ step: Int, _ gradient: (Trainable) -> Tensor?) {
    let last = (configuration.totalSteps ?? 0) - configuration.final
    current.withLock { state in
      guard step <= last else { return mask(state.masks) }
      if step < last {
        for trainable in modules.joined() {
          follow(trainable, gradient(trainable), in: &state)
        }
      }
      let (parts, isCut) = configuration.budget(at: step, start: start, modules: modules.count)
      guard isCut || step == last else { return }
      state.masks = masks(of: state, parts: parts)
      mask(state.masks)
      guard step == last else { return }
      state.sensitivity = [:]
      state.uncertainty = [:]
    }
  }

  /// Equations 9 to 11: I = |w dw|, Ī ← β₁ Ī + (1 − β₁) I, Ū ← β₂ Ū + (1 − β₂) |I − Ī|.
  private func follow(_ trainable: Trainable, _ gradient: Tensor?, in state: inout State) {
    let (name, value) = (trainable.name, trainable.value)
    let zeros = [Float](repeating: 0, count: value.count)
    var mean = state.sensitivity[name] ?? zeros
    var spread = state.uncertainty[name] ?? zeros
    let (b1, b2) = (configuration.sensitivityDecay, configuration.uncertaintyDecay)
    let (old1, new1) = (Float(b1), Float(1 - b1))
    let (old2, new2) = (Float(b2), Float(1 - b2))
    value.withElements { w in
      (gradient ?? Tensor(value.shape, zeros)).withElements { dw in
        for i in w.indices {
          let now = abs(w[i] * dw[i])
          mean[i] = old1 * mean[i] + new1 * now
          spread[i] = old2 * spread[i] + new2 * abs(now - mean[i])
        }
      }
    }
    state.sensitivity[name] = mean
    state.uncertainty[name] = spread
  }

  /// The score of each part of a module: that of its E and the means over its row of A and its column of B.
  private func scores(_ module: [Trainable], _ state: State) -> [Float]? {
    let weights = module.map { trainable -> [Float]? in
      guard let mean = state.sensitivity[trainable.name],
        let spread = state.uncertainty[trainable.name]
      else { return nil }
      return zip(mean, spread).map { $0 * $1 }
    }
    guard let a = weights[0], let b = weights[1], let e = weights[2] else { return nil }
    let (r, K, M) = (module[0].shape[0], module[0].shape[1], module[1].shape[0])
    return (0..<r).map { part in
      let row = a[part * K..<(part + 1) * K].reduce(0.0) { $0 + Double($1) } / Double(max(1, K))
      let column =
        (0..<M).reduce(0.0) { $0 + Double(b[$1 * r + part]) } / Double(max(1, M))
      return e[part] + (Float(row) + Float(column))
    }
  }

  /// The parts that stay: all whose score is above the k-th lowest, k being how many must go.
  private func masks(of state: State, parts: Int) -> [[Bool]] {
    let scores = modules.map {
      self.scores($0, state) ?? [Float](repeating: 0, count: $0[0].shape[0])
    }
    let removed = start - parts
    guard removed > 0, removed <= start else { return scores.map { $0.map { _ in true } } }
    let limit = scores.joined().sorted()[removed - 1]
    return scores.map { $0.map { $0 > limit } }
  }

  /// Sets E of all other parts to zero.
  private func mask(_ masks: [[Bool]]?) {
    guard let masks else { return }
    for (module, kept) in zip(modules, masks) where kept.contains(false) {
      let values = zip(module[2].value.elements, kept).map { $1 ? $0 : 0 }
      module[2].update(to: Tensor(module[2].shape, values))
    }
  }

  /// By module the parts that count: all but those that were cut and are zero; nil before a cut.
  var kept: [[Bool]?] {
    current.withLock { state in
      modules.indices.map { index in
        state.masks.map { masks in
          zip(masks[index], modules[index][2].value.elements).map { $0 || $1 != 0 }
        }
      }
    }
  }

  var scores: [String: [Float]] {
    current.withLock { state in
      var all: [String: [Float]] = [:]
      for module in modules { all[module[2].name] = scores(module, state) }
      return all
    }
  }
}

// What a checkpoint holds of it.
extension RankAllocator {
  private static let sensitivity = "adalora.sensitivity."
  private static let uncertainty = "adalora.uncertainty."
  private static let mask = "adalora.mask."

  var state: [String: Tensor] {
    current.withLock { state in
      var tensors: [String: Tensor] = [:]
      for trainable in modules.joined() {
        let name = trainable.name
        if let mean = state.sensitivity[name] {
          tensors[Self.sensitivity + name] = Tensor(trainable.shape, mean)
        }
        if let spread = state.uncertainty[name] {
          tensors[Self.uncertainty + name] = Tensor(trainable.shape, spread)
        }
      }
      for (module, mask) in zip(modules, state.masks ?? []) {
        tensors[Self.mask + module[2].name] = Tensor(module[2].shape, mask.map { $0 ? 1 : 0 })
      }
      return tensors
    }
  }

  /// - Throws: `PEFTFault` naming a tensor that is missing, has another shape, or means nothing here.
  func restore(_ tensors: [String: Tensor]) throws(PEFTFault) {
    var rest = tensors
    var new = State()
    let hasMeans = tensors.keys.contains { $0.hasPrefix(Self.sensitivity) }
    let hasMasks = tensors.keys.contains { $0.hasPrefix(Self.mask) }
    if hasMeans {
      for trainable in modules.joined() {
        let name = trainable.name
        new.sensitivity[name] = try Self.take(Self.sensitivity + name, trainable.shape, &rest)
        new.uncertainty[name] = try Self.take(Self.uncertainty + name, trainable.shape, &rest)
      }
    }
    if hasMasks {
      var masks: [[Bool]] = []
      for module in modules {
        masks.append(
          try Self.take(Self.mask + module[2].name, module[2].shape, &rest).map { $0 != 0 })
      }
      new.masks = masks
    }
    guard rest.isEmpty else {
      throw .surplusTensors(path: "checkpoint", names: rest.keys.sorted(), nearest: nil)
    }
    current.withLock { $0 = new }
  }

  private static func take(
    _ name: String, _ shape: [Int], _ tensors: inout [String: Tensor]
  ) throws(PEFTFault) -> [Float] {
    guard let tensor = tensors.removeValue(forKey: name) else {
      throw .missingTensor(path: "checkpoint", name: name, nearest: nil)
    }
    guard tensor.shape == shape else {
      throw .shape(path: "checkpoint", name: name, wanted: shape, got: tensor.shape, base: nil)
    }
    return tensor.elements
  }
}
