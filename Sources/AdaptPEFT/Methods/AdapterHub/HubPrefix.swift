import AdaptGradients
import AdaptModels
import AdaptSystem
// Prefixes as AdapterHub's library has them: the text keeps its own positions, and gates may weaken the prefix.
package import AdaptTensors

/// Keys and values before those of every layer, out of a network or themselves.
package struct HubPrefixConfiguration: Sendable, Equatable {
  /// Virtual tokens, n.
  package var tokens = 30
  /// Width of the network.
  package var bottleneck = 512
  package var nonlinearity = Nonlinearity.tanh
  package var dropout = 0.0
  /// Keys and values train themselves.
  package var isFlat = false
  package var isGated = false
  /// Keys and values have the same gate.
  package var hasSharedGate = true
  package var leftOut: [Int] = []

  package init() {}

  init(_ settings: inout SettingsReader, _ model: ModelOutline) throws(PEFTFault) {
    tokens = try settings.integer("prefix_length", in: PromptSettings.counts, default: tokens)
    bottleneck = try settings.integer(
      "bottleneck_size", in: PTuningConfiguration.widths, default: bottleneck)
    nonlinearity = try settings.nonlinearity("non_linearity", default: nonlinearity)
    dropout = try settings.number("dropout", default: 0)
    isFlat = try settings.boolean("flat", default: false)
    isGated = try settings.boolean("use_gating", default: false)
    hasSharedGate = try settings.boolean("shared_gating", default: true)
    leftOut = try settings.integers("leave_out", in: 0...1_000_000) ?? []
    settings.ignore(["architecture", "init_weights_seed", "encoder_prefix", "cross_prefix"])
    try settings.finish(inert: [:], hint: "this is not done here")
    try check(path: settings.path)
  }

  func check(path: String? = nil) throws(PEFTFault) {
    func fail(_ key: String, _ wanted: String, _ got: String) -> PEFTFault {
      .setting(path: path, key: key, wanted: wanted, got: got, hint: nil)
    }
    guard PromptSettings.counts.contains(tokens) else {
      throw fail("prefix_length", "1 to \(PromptSettings.counts.upperBound)", "\(tokens)")
    }
    guard PTuningConfiguration.widths.contains(bottleneck) else {
      throw fail("bottleneck_size", "a number above 0", "\(bottleneck)")
    }
    guard dropout >= 0, dropout < 1 else { throw fail("dropout", "0 to below 1", "\(dropout)") }
  }

  var fields: [String: JSONValue] {
    [
      "architecture": .string("prefix_tuning"), "prefix_length": .integer(tokens),
      "bottleneck_size": .integer(bottleneck),
      "non_linearity": .string(AdapterHubNonlinearity.name(of: nonlinearity)),
      "dropout": .number(dropout), "flat": .boolean(isFlat), "use_gating": .boolean(isGated),
      "shared_gating": .boolean(hasSharedGate),
      "leave_out": .array(leftOut.map { .integer($0) }), "init_weights_seed": .null,
      "encoder_prefix": .boolean(true), "cross_prefix": .boolean(true),
    ]
  }
}

extension HubPrefixConfiguration: HubPart {
  func plan(_ place: HubPlace) throws(PEFTFault) -> HubPlan {
    let (model, names) = (place.model, place.names)
    let layers = (0..<model.layers).filter { !leftOut.contains($0) }
    guard let first = layers.first else {
      throw .setting(
        path: nil, key: "leave_out", wanted: "a layer that is left", got: "all of them", hint: nil)
    }
    var draws = SlotDraws(key: place.key)
    let all = 2 * layers.count * PrefixConfiguration.width(model)
    let name = names.prefix(first)
    var plan = HubPlan()
    if isFlat {
      let shape = [tokens * all]
      plan.slots = [
        TensorSlot(key: name + ".control_trans", shape: shape, initial: draws.normal(shape))
      ]
    } else {
      let shape = [tokens, model.width]
      plan.slots = [
        TensorSlot(key: name + ".wte.weight", shape: shape, initial: draws.normal(shape))
      ]
      plan.slots += draws.dense(name + ".control_trans.0", model.width, bottleneck)
      plan.slots += draws.dense(name + ".control_trans.2", bottleneck, all)
    }
    // The library's layers all hold the same modules, and its files each layer's once more.
    let again = (0..<model.layers).filter { $0 != first }.map { names.prefix($0) }
    for slot in plan.slots {
      for place in again + [names.prefixEcho] {
        plan.echoes[place + slot.key.dropFirst(name.count)] = slot.key
      }
    }
    let own = plan.slots.count
    if isGated {
      for layer in layers {
        plan.slots += Gate.slots(
          names.prefixGate(layer), model.width, outputs: hasSharedGate ? 1 : 2, &draws)
      }
    }
    let configuration = self
    plan.put = { trained, _, adapter in
      adapter.prologue = HubPrefixRows(
        configuration: configuration, trained: Array(trained[..<own]), parts: 2 * layers.count)
      for (place, layer) in layers.enumerated() {
        let gate =
          configuration.isGated
          ? Gate(weight: trained[own + 2 * place], bias: trained[own + 2 * place + 1]) : nil
        adapter.attentions[layer] = HubPrefixAttention(place: place, gate: gate)
      }
    }
    return plan
  }
}

/// Keys and values of all layers, formed once a run: of the layer at place i at 2i and 2i + 1.
private struct HubPrefixRows: PassPrologue {
  let configuration: HubPrefixConfiguration
  let trained: [Trainable]
  let parts: Int

  func callAsFunction(in pass: Pass) -> [Variable] {
    let values = trained.map { Variable($0) }
    var rows =
      configuration.isFlat
      ? values[0].reshaped([configuration.tokens, values[0].value.count / configuration.tokens])
      : values[0].dense(values[1...2]).activated(configuration.nonlinearity).dense(values[3...4])
    let site = Site(number: 0xBFFF, path: "prefix", layer: nil)
    if configuration.dropout > 0, let key = pass.key(for: site) {
      rows = rows.dropped(rate: Float(configuration.dropout), key: key)
    }
    return rows.splittingColumns(Array(repeating: rows.columns / parts, count: parts))
  }
}

/// Attention over the prefix, times a sequence's gate where there is one, and the text.
private struct HubPrefixAttention: AttentionAdapter {
  let place: Int
  let gate: Gate?

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    let (keys, values) = (pass.shared[2 * place], pass.shared[2 * place + 1])
    guard let gate, let input = pass.attentionInput else {
      return base(
        query, key, value, prefix: AttentionPrefix(keys: keys, values: values), in: pass)
    }
    let gates = gate(input, in: pass)
    let count = pass.segments.count
    let own = AttentionPrefix(
      keys: keys.repeated(count, times: gates.columns(0..<1)),
      values: values.repeated(count, times: gates.columns(gates.columns - 1..<gates.columns)),
      isShared: false)
    return base(query, key, value, prefix: own, in: pass)
  }
}

extension Variable {
  /// All rows `count` times, each time multiplied by a row of `factors [count, 1]`.
  fileprivate func repeated(_ count: Int, times factors: Variable) -> Variable {
    let all = Segments(lengths: Array(repeating: rows, count: count))
    let order = (0..<count).flatMap { _ in 0..<Int32(rows) }
    return gatheringRows(order) * factors.spread(over: all)
  }
}
