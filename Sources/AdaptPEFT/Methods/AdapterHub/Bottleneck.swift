// Bottleneck adapters in a model: their tensors, and what they compute.
import AdaptGradients
import AdaptModels
import AdaptTensors

extension BottleneckConfiguration: HubPart {
  func plan(_ place: HubPlace) throws(PEFTFault) -> HubPlan {
    let model = place.model
    var draws = SlotDraws(key: place.key)
    var plan = HubPlan()
    var parts: [(part: Sublayer, count: Int)] = []
    let shared = hypercomplex.map { $0.rule(place.names.shared, &draws) }
    plan.slots += shared.map { [$0] } ?? []
    for layer in 0..<model.layers where !leftOut.contains(layer) {
      let own: [Sublayer] =
        (isBehindAttention ? [.attention(layer: layer)] : [])
        + (isBehindFeedForward ? [.feedForward(layer: layer)] : [])
      for part in own {
        let slots = try slots(place.names.bottleneck(part), model.width, &draws)
        plan.slots += slots
        parts.append((part, slots.count))
      }
    }
    guard !parts.isEmpty else {
      throw .setting(
        path: nil, key: "leave_out", wanted: "a layer that is left", got: "all of them", hint: nil)
    }
    let (configuration, places) = (self, parts)
    plan.put = { trained, _, adapter in
      var next = shared == nil ? 0 : 1
      let rule = shared == nil ? nil : trained[0]
      for (number, entry) in places.enumerated() {
        let own = Array(trained[next..<next + entry.count])
        next += entry.count
        adapter.sublayers[entry.part] = BottleneckSite(
          configuration, own, rule: rule, number: number)
      }
    }
    return plan
  }

  /// `D_w`, `D_b`, `U_w`, `U_b`, then a trained factor and a gate where there are any.
  private func slots(
    _ name: String, _ width: Int, _ draws: inout SlotDraws
  ) throws(PEFTFault) -> [TensorSlot] {
    let narrow = bottleneck(width)
    var slots: [TensorSlot] = []
    for (part, shape, isUp) in [
      (".adapter_down.0", [narrow, width], false), (".adapter_up", [width, narrow], true),
    ] {
      if let hypercomplex {
        slots += try hypercomplex.slots(name + part, shape[1], shape[0], &draws)
        continue
      }
      let bias = TensorSlot(key: name + part + ".bias", shape: [shape[0]]) { Tensor([0], []) }
      slots += [
        TensorSlot(
          key: name + part + ".weight", shape: shape,
          initial: weight(shape, isUp: isUp, &draws)), bias.zero,
      ]
    }
    if scaling == .learned || scaling == .channels {
      let shape = [scaling == .learned ? 1 : width]
      slots.append(
        TensorSlot(key: name + ".scaling", shape: shape) {
          Tensor(shape, [Float](repeating: 1, count: shape[0]))
        })
    }
    return slots + (isGated ? Gate.slots(name + ".gate", width, &draws) : [])
  }

  private func weight(
    _ shape: [Int], isUp: Bool, _ draws: inout SlotDraws
  ) -> @Sendable () -> Tensor {
    switch initialisation {
    case .normal: return draws.normal(shape, deviation: 0.02)
    case .zeroUp:
      let down = draws.uniform(shape, within: 1 / Float(max(1, shape[1])).squareRoot())
      return isUp ? TensorSlot(key: "", shape: shape, initial: down).zero.initial : down
    case .truncated:
      let normal = draws.normal(shape, deviation: 0.01)
      return {
        // What lies beyond two deviations is folded back, which keeps the stream of numbers simple.
        let values = normal()
        return Tensor(
          shape,
          values.elements.map { abs($0) > 0.02 ? $0.truncatingRemainder(dividingBy: 0.02) : $0 })
      }
    }
  }
}

/// `f(h) + s · g · (U φ(D z + b) + c)`: f a part of a layer and h the stream that enters it.
///
/// z is h itself beside the part; behind it, f(h), or f(h) + h through the norm that follows. s is a factor, g the
/// gate of UniPELT or 1.
struct BottleneckSite: SublayerAdapter {
  private let configuration: BottleneckConfiguration
  private let trained: [Trainable]
  private let rule: Trainable?
  private let site: Site

  /// `trained` in the order of the slots, `rule` what all places share; `number` among the adapter's places.
  init(
    _ configuration: BottleneckConfiguration, _ trained: [Trainable], rule: Trainable?,
    number: Int
  ) {
    self.configuration = configuration
    self.rule = rule
    self.trained = trained
    site = Site(number: 0xC000 + number, path: "adapter", layer: nil)
  }

  func callAsFunction(
    _ h: Variable, through base: (Variable) -> Variable, in pass: Pass
  ) -> Variable {
    let part = base(h)
    let z = input(h, part, pass)
    let values = trained.map { Variable($0) }
    let size = rule == nil ? 2 : 3
    let narrow = layer(z, values[..<size]).activated(configuration.nonlinearity)
    var change = layer(narrow, values[size..<2 * size])
    switch configuration.scaling {
    case .fixed(1): break
    case .fixed(let factor): change = change.scaled(by: Float(factor))
    case .learned, .channels: change = change * values[2 * size]
    }
    if configuration.dropout > 0, let key = pass.key(for: site) {
      change = change.dropped(rate: Float(configuration.dropout), key: key)
    }
    if configuration.isGated {
      let gate = Gate(weight: trained[trained.count - 2], bias: trained[trained.count - 1])
      change = change * gate(z, in: pass).spread(over: pass.segments)
    }
    return part + change
  }

  private func layer(_ x: Variable, _ parameters: ArraySlice<Variable>) -> Variable {
    guard let rule else { return x.dense(parameters) }
    return x.hypercomplex(parameters, rule: Variable(rule))
  }

  private func input(_ h: Variable, _ part: Variable, _ pass: Pass) -> Variable {
    if configuration.isParallel { return h }
    guard configuration.readsSum else { return part }
    let sum = part + h
    return pass.sublayerNorm?(sum) ?? sum
  }
}
