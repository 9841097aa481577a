import AdaptGradients
import AdaptModels
// LoRA as a share of UniPELT, in AdapterHub's files: with a gate in the place of the factor alpha / r.
import AdaptSystem
import AdaptTensors

/// Low-rank updates of projections of attention.
package struct HubLoRAConfiguration: Sendable, Equatable {
  /// A projection, by the library's letter for it.
  package enum Projection: String, Sendable, CaseIterable {
    case query = "q"
    case key = "k"
    case value = "v"

    /// The ends of the paths that models have for it.
    var ends: [String] {
      switch self {
      case .query: ["q_proj", "query"]
      case .key: ["k_proj", "key"]
      case .value: ["v_proj", "value"]
      }
    }
  }

  package var rank = 8
  package var alpha = 8.0
  package var dropout = 0.0
  package var projections: [Projection] = [.query, .value]
  package var isGated = false
  package var leftOut: [Int] = []

  package init() {}

  init(_ settings: inout SettingsReader, _ model: ModelOutline) throws(PEFTFault) {
    rank = try settings.integer("r", in: LoRAConfiguration.ranks, default: rank)
    alpha = try settings.number("alpha", default: alpha)
    dropout = try settings.number("dropout", default: 0)
    isGated = try settings.boolean("use_gating", default: false)
    leftOut = try settings.integers("leave_out", in: 0...1_000_000) ?? []
    let letters = try settings.strings("attn_matrices")
    projections = []
    for letter in letters.isEmpty ? ["q", "v"] : letters {
      guard let projection = Projection(rawValue: letter) else {
        throw .setting(
          path: settings.path, key: "attn_matrices", wanted: "q, k, v", got: "`\(letter)`",
          hint: nil)
      }
      projections.append(projection)
    }
    settings.ignore(["architecture", "init_weights", "init_weights_seed", "dtype"])
    try settings.finish(
      inert: [
        "selfattn_lora": [.boolean(true)], "intermediate_lora": [.boolean(false)],
        "output_lora": [.boolean(false)], "composition_mode": [.string("add")],
        "use_dora": [.boolean(false)], "vera_d": [], "vera_b": [],
      ], hint: "this is not done here")
    try check(path: settings.path)
  }

  func check(path: String? = nil) throws(PEFTFault) {
    guard LoRAConfiguration.ranks.contains(rank) else {
      throw .setting(path: path, key: "r", wanted: "a rank above 0", got: "\(rank)", hint: nil)
    }
    guard alpha > 0, alpha <= 1e9 else {
      throw .setting(
        path: path, key: "alpha", wanted: "a number above 0", got: "\(alpha)", hint: nil)
    }
    guard dropout >= 0, dropout < 1 else {
      throw .setting(
        path: path, key: "dropout", wanted: "0 to below 1", got: "\(dropout)", hint: nil)
    }
  }

  var fields: [String: JSONValue] {
    [
      "architecture": .string("lora"), "r": .integer(rank), "alpha": .exact(alpha),
      "dropout": .number(dropout), "use_gating": .boolean(isGated),
      "attn_matrices": .strings(projections.map(\.rawValue)),
      "leave_out": .array(leftOut.map { .integer($0) }), "selfattn_lora": .boolean(true),
      "intermediate_lora": .boolean(false), "output_lora": .boolean(false),
      "composition_mode": .string("add"), "init_weights": .string("lora"),
      "init_weights_seed": .null, "use_dora": .boolean(false), "vera_d": .null, "vera_b": .null,
      "dtype": .null,
    ]
  }
}

extension HubLoRAConfiguration: HubPart {
  func plan(_ place: HubPlace) throws(PEFTFault) -> HubPlan {
    var draws = SlotDraws(key: place.key)
    var plan = HubPlan()
    var sites: [Site] = []
    for layer in 0..<place.model.layers where !leftOut.contains(layer) {
      for projection in projections {
        let linear = place.model.linears.first { linear in
          linear.site.layer == layer
            && projection.ends.contains { linear.site.path.hasSuffix("." + $0) }
        }
        guard let linear else {
          throw .setting(
            path: nil, key: "attn_matrices",
            wanted: "a projection `\(projection.rawValue)` in each layer",
            got: "`\(place.model.architecture)`, which has none of its own",
            hint: "LoRA itself takes every dense layer")
        }
        let name = place.names.lora(linear.site)
        let down = [rank, linear.inputs]
        let up = TensorSlot(key: name + ".lora_B", shape: [linear.outputs, rank]) {
          Tensor([0], [])
        }
        plan.slots += [
          TensorSlot(
            key: name + ".lora_A", shape: down,
            initial: draws.uniform(down, within: 1 / Float(max(1, linear.inputs)).squareRoot())),
          up.zero,
        ]
        if isGated { plan.slots += Gate.slots(name + ".gate", linear.inputs, &draws) }
        sites.append(linear.site)
      }
    }
    let (configuration, places) = (self, sites)
    plan.put = { trained, _, adapter in
      let size = configuration.isGated ? 4 : 2
      for (number, site) in places.enumerated() {
        let own = Array(trained[size * number..<size * (number + 1)])
        adapter.linears[site.number] =
          configuration.isGated
          ? GatedLoRA(
            down: own[0], up: own[1], gate: Gate(weight: own[2], bias: own[3]),
            dropout: Float(configuration.dropout))
          : LoRALinear(
            down: own[0], up: own[1],
            scale: Float(configuration.alpha / Double(configuration.rank)),
            dropout: Float(configuration.dropout))
      }
    }
    return plan
  }
}

/// `W x + b + g · B(A x)`: the gate stands where the factor alpha / r stands without one.
private struct GatedLoRA: LinearAdapter {
  let down: Trainable
  let up: Trainable
  let gate: Gate
  let dropout: Float

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    var input = x
    if dropout > 0, let key = pass.key(for: base.site) {
      input = x.dropped(rate: dropout, key: key)
    }
    let change = input.multiplied(Variable(down), transposed: true)
      .multiplied(Variable(up), transposed: true)
    return base(x) + change * gate(x, in: pass).spread(over: pass.segments)
  }

  /// The gate depends on the text.
  func merged(into base: BaseLinear) -> MergedLinear? { nil }
}
