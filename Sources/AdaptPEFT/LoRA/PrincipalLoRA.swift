// PiSSA on one model: what it took out of the base is known, so it can be written as a plain LoRA of twice the rank.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// A LoRA whose base lacks the product it began with.
struct PrincipalLoRA: AttachedAdapter {
  let sites: AttachedSites
  let configuration: LoRAConfiguration

  var method: String { sites.method }
  var adapter: Adapter { sites.adapter }
  var parameters: [AdapterParameter] { sites.parameters }

  /// The base is formed again from the file's settings where that gives the same; a random sketch does not in
  /// Python, so such an adapter is written as a plain one.
  func files() throws(PEFTFault) -> AdapterFiles {
    if case .pissa(.some) = configuration.initialisation { return try plainFiles() }
    return try sites.files()
  }

  /// The same adapter over the model's own base: A' = [A; A₀], B' = [B, −B₀], at the same scale.
  func plainFiles() throws(PEFTFault) -> AdapterFiles {
    var files = try sites.files()
    for (own, origin) in zip(sites.modules, sites.origins) where origin.count == 2 {
      let (down, up) = (own[0], own[1])
      files.tensors[down.name] = stackingRows([Variable(down.value), Variable(origin[0])]).value
      files.tensors[up.name] =
        joiningColumns([Variable(up.value), Variable(origin[1]).scaled(by: -1)]).value
    }
    files.configuration = sites.fields(configuration.doubled)
    return files
  }
}

extension LoRAConfiguration {
  /// Twice the rank at the same scale, over the model's own base.
  fileprivate var doubled: LoRAConfiguration {
    var result = self
    let factor = isRankStabilised ? 2.0.squareRoot() : 2
    result.rank = 2 * rank
    result.alpha = factor * alpha
    result.rankPattern = rankPattern.mapValues { 2 * $0 }
    result.alphaPattern = alphaPattern.mapValues { factor * $0 }
    result.initialisation = .uniform
    return result
  }
}
