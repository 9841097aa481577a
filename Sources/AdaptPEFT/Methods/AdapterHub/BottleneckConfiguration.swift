import AdaptModels
import AdaptSystem
// The settings of bottleneck adapters, as AdapterHub's library writes them.
package import AdaptTensors

/// A small network behind or beside parts of a layer.
package struct BottleneckConfiguration: Sendable, Equatable {
  /// How a new adapter begins.
  package enum Initialisation: String, Sendable, CaseIterable {
    /// Down uniform within ±1/√in, up zero: the adapter leaves the model as it is. The default here.
    case zeroUp = "mam_adapter"
    /// Normal of deviation 0.02.
    case normal = "bert"
    /// Normal of deviation 0.01, none beyond two deviations.
    case truncated = "houlsby"
  }

  /// The factor of what the adapter adds.
  package enum Scaling: Sendable, Equatable {
    case fixed(Double)
    /// One trained number, from 1.
    case learned
    /// One trained number a channel, from 1.
    case channels
  }

  /// Width of the stream over that of the bottleneck.
  package var reduction = 16.0
  package var nonlinearity = Nonlinearity.relu
  package var isBehindAttention = false
  package var isBehindFeedForward = true
  /// Reads the stream that enters the part, beside it; else what the part gives, behind it.
  package var isParallel = false
  /// Behind a part, reads its sum with the stream, through the norm that follows where the model has one there.
  package var readsSum = true
  package var scaling = Scaling.fixed(1)
  package var isGated = false
  package var dropout = 0.0
  package var leftOut: [Int] = []
  package var initialisation = Initialisation.zeroUp
  /// Products of small factors in the place of both matrices; nil has whole ones.
  package var hypercomplex: HypercomplexConfiguration?

  package init() {}

  /// One adapter behind each part of a layer (Houlsby et al., arXiv:1902.00751).
  package static var houlsby: BottleneckConfiguration {
    var configuration = BottleneckConfiguration()
    (configuration.isBehindAttention, configuration.readsSum) = (true, false)
    configuration.nonlinearity = .silu
    return configuration
  }

  /// One behind the feed-forward part (Pfeiffer et al., arXiv:2005.00247).
  package static var pfeiffer: BottleneckConfiguration { BottleneckConfiguration() }

  /// One beside the feed-forward part, four times as strong (He et al., arXiv:2110.04366).
  package static var parallel: BottleneckConfiguration {
    var configuration = BottleneckConfiguration()
    (configuration.isParallel, configuration.readsSum) = (true, false)
    (configuration.reduction, configuration.scaling) = (2, .fixed(4))
    return configuration
  }

  /// Houlsby's places with products of small factors (Mahabadi et al., arXiv:2106.04647).
  package static var compacter: BottleneckConfiguration {
    var configuration = BottleneckConfiguration.houlsby
    (configuration.reduction, configuration.nonlinearity) = (32, .gelu)
    configuration.hypercomplex = HypercomplexConfiguration()
    return configuration
  }

  /// Width of the bottleneck.
  func bottleneck(_ width: Int) -> Int { max(1, Int((Double(width) / reduction).rounded(.down))) }

  /// - Throws: `PEFTFault.setting` naming what is out of range.
  func check(path: String? = nil) throws(PEFTFault) {
    func fail(_ key: String, _ wanted: String, _ got: String) -> PEFTFault {
      .setting(path: path, key: key, wanted: wanted, got: got, hint: nil)
    }
    guard (1e-3...1e6).contains(reduction) else {
      throw fail("reduction_factor", "a number from 0.001 to 1000000", "\(reduction)")
    }
    if case .fixed(let factor) = scaling, !(abs(factor) <= 1e6) {
      throw fail("scaling", "a number, \"learned\" or \"channel\"", "\(factor)")
    }
    guard dropout >= 0, dropout < 1 else { throw fail("dropout", "0 to below 1", "\(dropout)") }
    guard isBehindAttention || isBehindFeedForward else {
      throw fail("output_adapter", "true, or `mh_adapter` true", "false")
    }
  }
}

extension BottleneckConfiguration {
  init(_ settings: inout SettingsReader, _ model: ModelOutline) throws(PEFTFault) {
    reduction = try settings.number("reduction_factor", default: reduction)
    nonlinearity = try settings.nonlinearity("non_linearity", default: nonlinearity)
    isBehindAttention = try settings.boolean("mh_adapter", default: false)
    isBehindFeedForward = try settings.boolean("output_adapter", default: true)
    isParallel = try settings.boolean("is_parallel", default: false)
    readsSum = try settings.boolean("original_ln_before", default: false)
    isGated = try settings.boolean("use_gating", default: false)
    dropout = try settings.number("dropout", default: 0)
    leftOut = try settings.integers("leave_out", in: 0...1_000_000) ?? []
    initialisation = try settings.choice("init_weights", default: .normal)
    scaling = try Self.scaling(&settings)
    settings.ignore(["architecture", "init_weights_seed"])
    if try settings.boolean("phm_layer", default: false) {
      hypercomplex = try HypercomplexConfiguration(&settings)
    } else {
      settings.ignore(Array(HypercomplexConfiguration().fields.keys))
    }
    try settings.finish(
      inert: [
        "original_ln_after": [.boolean(true)], "ln_before": [.boolean(false)],
        "ln_after": [.boolean(false)], "residual_before_ln": [.boolean(true)],
        "adapter_residual_before_ln": [.boolean(false)], "inv_adapter": [],
        "inv_adapter_reduction_factor": [], "cross_adapter": [.boolean(false)],
        "stochastic_depth": [.number(0), .integer(0)],
      ], hint: "this is not done here")
    try check(path: settings.path)
  }

  private static func scaling(_ settings: inout SettingsReader) throws(PEFTFault) -> Scaling {
    switch settings.value("scaling") {
    case .string("learned"): return .learned
    case .string("channel"): return .channels
    default: return .fixed(try settings.number("scaling", default: 1))
    }
  }

  var fields: [String: JSONValue] {
    let factor: JSONValue =
      switch scaling {
      case .fixed(let factor): .number(factor)
      case .learned: .string("learned")
      case .channels: .string("channel")
      }
    let own: [String: JSONValue] = [
      "reduction_factor": .exact(reduction),
      "non_linearity": .string(AdapterHubNonlinearity.name(of: nonlinearity)),
      "mh_adapter": .boolean(isBehindAttention), "output_adapter": .boolean(isBehindFeedForward),
      "is_parallel": .boolean(isParallel), "original_ln_before": .boolean(readsSum),
      "use_gating": .boolean(isGated), "dropout": .number(dropout),
      "leave_out": .array(leftOut.map { .integer($0) }),
      "init_weights": .string(initialisation.rawValue), "init_weights_seed": .null,
      "scaling": factor, "original_ln_after": .boolean(true), "ln_before": .boolean(false),
      "ln_after": .boolean(false), "residual_before_ln": .boolean(true),
      "adapter_residual_before_ln": .boolean(false), "inv_adapter": .null,
      "inv_adapter_reduction_factor": .null, "cross_adapter": .boolean(false),
      "stochastic_depth": .number(0), "phm_layer": .boolean(hypercomplex != nil),
    ]
    return own.merging((hypercomplex ?? HypercomplexConfiguration()).fields) { $1 }
  }
}
