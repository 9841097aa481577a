package import AdaptGradients
package import AdaptModels
// The methods of AdapterHub's library: which shares each puts together.
package import AdaptSystem

/// The settings of one kind of bottleneck under the adapter's name.
package struct BottleneckMethodConfiguration: Sendable, Equatable {
  package var name = "adapt"
  package var bottleneck: BottleneckConfiguration

  package init(_ bottleneck: BottleneckConfiguration) { self.bottleneck = bottleneck }
}

/// Bottleneck adapters behind both parts of every layer (Houlsby et al., arXiv:1902.00751).
///
/// `f ← f + U silu(D f + b) + c` for what each part adds, before the stream and the norm.
package struct Houlsby: AdapterHubMethod {
  package static let name = "houlsby"
  package static let traits = MethodTraits.bottleneck
  private let configuration: BottleneckMethodConfiguration

  package init(_ configuration: BottleneckMethodConfiguration) throws(PEFTFault) {
    try configuration.bottleneck.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    !isUnion
      && parts.map { HubKind($0) } == [
        .bottleneck(isDouble: true, isParallel: false, isHypercomplex: false)
      ]
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(Self.name, configuration.name, [configuration.bottleneck], model, key: key)
  }
}

/// Bottleneck adapters behind the feed-forward part of every layer (Pfeiffer et al., arXiv:2005.00247).
///
/// `f ← f + U relu(D (f + h) + b) + c` with h the stream that entered the part.
package struct Pfeiffer: AdapterHubMethod {
  package static let name = "pfeiffer"
  package static let traits = MethodTraits.bottleneck
  private let configuration: BottleneckMethodConfiguration

  package init(_ configuration: BottleneckMethodConfiguration) throws(PEFTFault) {
    try configuration.bottleneck.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    !isUnion
      && parts.map { HubKind($0) } == [
        .bottleneck(isDouble: false, isParallel: false, isHypercomplex: false)
      ]
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(Self.name, configuration.name, [configuration.bottleneck], model, key: key)
  }
}

/// Bottleneck adapters beside the feed-forward part of every layer (He et al., arXiv:2110.04366).
///
/// `f ← f + s · (U relu(D h + b) + c)` with h the stream that entered the part.
package struct ParallelAdapter: AdapterHubMethod {
  package static let name = "parallel"
  package static let traits = MethodTraits.bottleneck
  private let configuration: BottleneckMethodConfiguration

  package init(_ configuration: BottleneckMethodConfiguration) throws(PEFTFault) {
    try configuration.bottleneck.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    guard !isUnion, parts.count == 1,
      case .bottleneck(_, let isParallel, let isHypercomplex) = HubKind(parts[0])
    else { return false }
    return isParallel && !isHypercomplex
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(Self.name, configuration.name, [configuration.bottleneck], model, key: key)
  }
}

/// Compacter (Mahabadi et al., arXiv:2106.04647): Houlsby's adapters with sums of Kronecker products for matrices.
package struct Compacter: AdapterHubMethod {
  package static let name = "compacter"
  package static let traits = MethodTraits.bottleneck
  private let configuration: BottleneckMethodConfiguration

  package init(_ configuration: BottleneckMethodConfiguration) throws(PEFTFault) {
    try configuration.bottleneck.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    guard !isUnion, parts.count == 1,
      case .bottleneck(_, _, let isHypercomplex) = HubKind(parts[0])
    else { return false }
    return isHypercomplex
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(Self.name, configuration.name, [configuration.bottleneck], model, key: key)
  }
}

/// The settings of a prefix under the adapter's name.
package struct HubPrefixMethodConfiguration: Sendable, Equatable {
  package var name = "adapt"
  package var prefix = HubPrefixConfiguration()

  package init() {}
}

/// Prefix tuning (Li and Liang, arXiv:2101.00190) in AdapterHub's files, where the network trains on.
///
/// Unlike in peft's, the positions of the text begin at 0.
package struct HubPrefixTuning: AdapterHubMethod {
  package static let name = "prefix-tuning-adapterhub"
  package static let traits = MethodTraits.hubPrefix
  private let configuration: HubPrefixMethodConfiguration

  package init(_ configuration: HubPrefixMethodConfiguration) throws(PEFTFault) {
    try configuration.prefix.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    !isUnion && parts.map { HubKind($0) } == [.prefix]
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(Self.name, configuration.name, [configuration.prefix], model, key: key)
  }
}

/// The settings of MAM under the adapter's name.
package struct MAMConfiguration: Sendable, Equatable {
  package var name = "adapt"
  package var prefix = HubPrefixConfiguration()
  package var bottleneck = BottleneckConfiguration.parallel

  package init() { prefix.bottleneck = 800 }
}

/// Mix-and-match (He et al., arXiv:2110.04366): a prefix, and a parallel adapter beside the feed-forward part.
package struct MAM: AdapterHubMethod {
  package static let name = "mam"
  package static let traits = MethodTraits.bottleneck
  private let configuration: MAMConfiguration

  package init(_ configuration: MAMConfiguration) throws(PEFTFault) {
    try configuration.prefix.check()
    try configuration.bottleneck.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    let kinds = parts.map { HubKind($0) }
    return isUnion && !kinds.contains(.lora) && !kinds.contains(.other)
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(
      Self.name, configuration.name, [configuration.prefix, configuration.bottleneck],
      isUnion: true, model, key: key)
  }
}

/// The settings of UniPELT under the adapter's name.
package struct UniPELTConfiguration: Sendable, Equatable {
  package var name = "adapt"
  package var prefix = HubPrefixConfiguration()
  package var bottleneck = BottleneckConfiguration.pfeiffer
  package var lora = HubLoRAConfiguration()

  package init() {
    (prefix.tokens, prefix.isGated) = (10, true)
    (bottleneck.isGated, lora.isGated) = (true, true)
    lora.alpha = 2
  }
}

/// UniPELT (Mao et al., arXiv:2110.07577): a prefix, LoRA on queries and values, and an adapter behind the
/// feed-forward part, each under a gate that the sequence sets.
///
/// A gate is a mean over all tokens of a sequence, also later ones, so cached generation differs from a full pass.
package struct UniPELT: AdapterHubMethod {
  package static let name = "unipelt"
  package static let traits = MethodTraits.bottleneck
  private let configuration: UniPELTConfiguration

  package init(_ configuration: UniPELTConfiguration) throws(PEFTFault) {
    try configuration.prefix.check()
    try configuration.bottleneck.check()
    try configuration.lora.check()
    self.configuration = configuration
  }

  package static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    let kinds = parts.map { HubKind($0) }
    return isUnion && kinds.contains(.lora) && !kinds.contains(.other)
  }

  package func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(
      Self.name, configuration.name,
      [configuration.prefix, configuration.bottleneck, configuration.lora], isUnion: true, model,
      key: key)
  }
}
