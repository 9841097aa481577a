// Adapters that are LoRA in another form, as plain LoRA, which more programs load.
package import AdaptModels
import AdaptSystem
import AdaptTensors

extension AdapterFiles {
  /// The same adapter as plain LoRA over the model's own base, exact but for rounding.
  ///
  /// AdaLoRA keeps the ranks that are left of it, VeRA its rank; their factors are put into A and B, so that alpha
  /// equals the rank everywhere, also for a reader that passes over patterns. PiSSA and OLoRA, which take a part out
  /// of the base, get twice the rank. Biases and modules that train whole stay as they are.
  /// - Throws: `PEFTFault.notConvertible` with the way out; else as reading does.
  package func plainLoRA(for model: ModelOutline) throws(PEFTFault) -> AdapterFiles {
    let method = try PEFTMethods.method(of: self)
    switch method.name {
    case LoRA.name: return try plain(for: model)
    case AdaLoRA.name:
      return try folded(
        try AdaLoRA.read(self, for: model),
        AdaLoRAConfiguration(self).naming(AdaLoRA.usualTargets[model.architecture]), model)
    case VeRA.name:
      return try folded(
        try VeRA.read(self, for: model),
        VeRAConfiguration(self).naming(VeRA.usualTargets[model.architecture]), model)
    default:
      let way = method.traits.plainLoRA
      throw .notConvertible(
        method: method.name, target: "plain LoRA", reason: way.reason ?? "nothing does this",
        hint: way.wayOut)
    }
  }

  private func plain(for model: ModelOutline) throws(PEFTFault) -> AdapterFiles {
    var configuration = try LoRAConfiguration(self)
      .naming(LoRA.usualTargets[model.architecture])
    let attached = try LoRA.read(self, for: model)
    switch configuration.initialisation {
    case .pissa, .olora:
      let principal = attached as? PrincipalLoRA
      guard let sites = principal?.sites ?? attached as? AttachedSites else {
        return try attached.files()
      }
      return try PrincipalLoRA(sites: sites, configuration: configuration).plainFiles()
    case .loftq:
      throw .notConvertible(
        method: "lora with LoftQ", target: "plain LoRA",
        reason: "its base is rounded to few bits, which no factors undo",
        hint: MethodTraits.Way.merged("").wayOut)
    case .uniform, .gaussian, .random:
      var files = try attached.files()
      configuration.initialisation = .uniform
      files.configuration["init_lora_weights"] = configuration.fields()["init_lora_weights"]
      return files
    }
  }

  /// Replaces the tensors at the sites of `attached` by plain factors.
  private func folded(
    _ attached: any AttachedAdapter, _ source: some SiteConfiguration, _ model: ModelOutline
  ) throws(PEFTFault) -> AdapterFiles {
    var files = try attached.files()
    for name in Self.sharedNames { files.tensors[name] = nil }
    var ranks: [String: Int] = [:]
    for linear in model.linears {
      let keys = Self.names.map { PEFTKey.at(linear.site, $0) }
      guard keys.contains(where: { files.tensors[$0] != nil }) else { continue }
      for key in keys { files.tensors[key] = nil }
      let form = attached.adapter.linears[linear.site.number] as? any LowRankForm
      // A module that lost all its parts: LoRA has no rank 0, and zeros do the same.
      let factors =
        form?.plainFactors
        ?? PlainFactors(
          down: Tensor(filling: [1, linear.inputs], with: 0),
          up: Tensor(filling: [linear.outputs, 1], with: 0))
      files.tensors[PEFTKey.at(linear.site, "lora_A.weight")] = factors.down
      files.tensors[PEFTKey.at(linear.site, "lora_B.weight")] = factors.up
      ranks[linear.site.path] = factors.rank
    }
    let layout = files.configuration[SiteLayout.key] ?? .boolean(false)
    files.configuration = Self.settings(source, ranks).fields()
      .merging([SiteLayout.key: layout]) { $1 }
    return files
  }

  private static let names = ["lora_A", "lora_B", "lora_E", "vera_lambda_b", "vera_lambda_d"]
  private static let sharedNames = ["base_model.vera_A", "base_model.vera_B"]

  /// The settings of LoRA whose scale is 1 at every module.
  private static func settings(
    _ source: some SiteConfiguration, _ ranks: [String: Int]
  ) -> LoRAConfiguration {
    let rank = ranks.values.max() ?? 1
    var lora = LoRAConfiguration(rank: rank, alpha: Double(rank), modules: source.modules)
    (lora.bias, lora.common) = (source.bias, source.common)
    lora.rankPattern = ranks.filter { $0.value != rank }
    lora.alphaPattern = lora.rankPattern.mapValues { Double($0) }
    return lora
  }
}
