// LoRA (Hu et al., arXiv:2106.09685): a trained product of two thin matrices beside frozen layers.
package import AdaptGradients
package import AdaptModels
import AdaptTensors

/// Low-rank adaptation, rank-stabilised on request.
package struct LoRA: SiteMethod {
  package static let name = "lora"
  package static let traits = MethodTraits.plain
  package static let peftType: String? = fileType
  package static let takesTables = true
  static let fileType = "LORA"

  package let configuration: LoRAConfiguration

  package init(_ configuration: LoRAConfiguration) throws(PEFTFault) {
    try configuration.check()
    guard !configuration.isDecomposed else {
      throw .setting(
        path: nil, key: "use_dora", wanted: "false", got: "true", hint: "the method dora does this")
    }
    self.configuration = configuration
  }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    let factors = try LoRAFactors(configuration, model, key: key, path: path)
    var parts: [SitePart] = []
    for linear in sites.linears {
      let (slots, scale, start) = try factors.at(linear)
      let dropout = Float(configuration.dropout)
      let origin = start.map { start in { @Sendable in start.factors } }
      parts.append(
        SitePart(site: linear.site, slots: slots, origin: origin) { own, _, adapter in
          adapter.linears[linear.site.number] = LoRALinear(
            down: own[0], up: own[1], scale: scale, dropout: dropout)
          start?.place(into: &adapter, at: linear)
        })
    }
    for table in sites.embeddings {
      let (slots, scale) = try factors.at(table)
      parts.append(
        SitePart(site: table.site, slots: slots) { own, _, adapter in
          adapter.embeddings[table.site.number] = LoRAEmbedding(
            down: own[0], up: own[1], scale: scale)
        })
    }
    return SiteParts(parts: parts)
  }

  package func finished(
    _ sites: AttachedSites, in model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    guard case .pissa = configuration.initialisation else { return sites }
    return PrincipalLoRA(sites: sites, configuration: configuration)
  }
}
