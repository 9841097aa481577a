// AdaLoRA (Zhang et al., arXiv:2303.10512): an update in the form of a singular value decomposition, whose parts compete.
package import AdaptGradients
package import AdaptModels
import AdaptSystem
import AdaptTensors

/// `y = W x + b + s · B (E ⊙ (A x))` with s = α / (r + 1e-5), A `[r, in]`, B `[out, r]`, E `[r, 1]`, r the first rank.
///
/// A and B begin as normal numbers of deviation 0.02, E at zero.
package struct AdaLoRA: SiteMethod {
  package static let name = "adalora"
  package static let traits = MethodTraits.lowRank("a singular value decomposition")
  package static let peftType: String? = fileType
  static let fileType = "ADALORA"

  package let configuration: AdaLoRAConfiguration

  package init(_ configuration: AdaLoRAConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    try checkPattern(sites, path)
    let scale = Float(configuration.alpha) / (Float(configuration.startRank) + 1e-5)
    let dropout = Float(configuration.dropout)
    return SiteParts(
      parts: sites.linears.map { linear in
        SitePart(site: linear.site, slots: slots(linear, key)) { own, _, adapter in
          // A module that lost all its parts is as it was.
          guard own[0].shape[0] > 0 else { return }
          adapter.linears[linear.site.number] = AdaLoRALinear(
            down: own[0], up: own[1], middle: own[2], scale: scale, dropout: dropout)
        }
      })
  }

  private func slots(_ linear: Linear, _ key: RandomKey) -> [TensorSlot] {
    let r =
      configuration.rankPattern[Self.patternKey(linear.site)]?.count { $0 }
      ?? configuration.startRank
    let isRandom = configuration.isRandom
    func normal(_ name: String, _ shape: [Int], _ stream: UInt32) -> TensorSlot {
      let deviation: Float = isRandom ? 0.1 : 0.02
      return TensorSlot(key: PEFTKey.at(linear.site, name), shape: shape) {
        key.stream(linear.site, stream).normal(shape, deviation: deviation)
      }
    }
    return [
      normal("lora_A", [r, linear.inputs], 0), normal("lora_B", [linear.outputs, r], 1),
      TensorSlot(key: PEFTKey.at(linear.site, "lora_E"), shape: [r, 1]) {
        isRandom
          ? key.stream(linear.site, 2).normal([r, 1], deviation: 1)
          : Tensor(filling: [r, 1], with: 0)
      },
    ]
  }

  /// A key of `rank_pattern`.
  static func patternKey(_ site: Site) -> String { site.path + ".lora_E" }

  private func checkPattern(_ sites: SelectedSites, _ path: String?) throws(PEFTFault) {
    let known = Set(sites.linears.map { Self.patternKey($0.site) })
    for (name, mask) in configuration.rankPattern.sorted(by: { $0.key < $1.key }) {
      guard known.contains(name) else {
        throw .setting(
          path: path, key: "rank_pattern", wanted: "modules that are adapted",
          got: "`\(name.excerpt)`",
          hint: NearestName.hint(for: String(name.prefix(200)), among: known.sorted()))
      }
      guard mask.count == configuration.startRank else {
        throw .setting(
          path: path, key: "rank_pattern",
          wanted: "\(configuration.startRank) values for each module, as `init_r` says",
          got: "\(mask.count) for `\(name.excerpt)`", hint: nil)
      }
    }
  }

  package func finished(
    _ sites: AttachedSites, in model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    AttachedAdaLoRA(sites, configuration)
  }
}

/// The update beside a dense layer.
struct AdaLoRALinear: LinearAdapter {
  let down: Trainable
  let up: Trainable
  let middle: Trainable
  let scale: Float
  let dropout: Float

  private var update: LowRankUpdate {
    LowRankUpdate(down: Variable(down) * Variable(middle), up: Variable(up), scale: scale)
  }

  func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate? {
    key(at: base.site, in: pass) == nil ? update : nil
  }

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    guard let key = key(at: base.site, in: pass) else {
      var layer = base.layer
      layer.update = update
      return x.linears([layer])[0]
    }
    return base(x) + x.dropped(rate: dropout, key: key).lowRank(update)
  }

  private func key(at site: Site, in pass: Pass) -> RandomKey? {
    dropout > 0 ? pass.key(for: site) : nil
  }

  func merged(into base: BaseLinear) -> MergedLinear? {
    let (weight, up, scale) = (base.weightSource, up.value, scale)
    let down = down.value.scalingRows(by: middle.value)
    return MergedLinear(weight: {
      weight().adding(scale, .plain(MatrixView(up)), .plain(MatrixView(down)), of: (up, down))
    })
  }
}
