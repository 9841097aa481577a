package import AdaptGradients
package import AdaptModels
// VeRA (Kopiczko et al., arXiv:2310.11454): all layers share two random matrices and train only vectors between them.
package import AdaptSystem
import AdaptTensors
import Synchronization

/// The settings of VeRA.
package struct VeRAConfiguration: SiteConfiguration {
  /// Ten times LoRA's: at 1e-3 peft's run reached 35 percent (MetaMathQA, Llama-3.2-3B).
  package static let learningRate = 1e-3

  /// Rank of the shared matrices, which cost no training: larger than LoRA's.
  package var rank = 256
  package var dropout = 0.0
  package var modules = ModuleSelection()
  /// What the inner vectors begin with; the outer ones begin at zero.
  package var start = 0.1
  /// Seed of the shared matrices, which are those that Python's peft draws from it.
  package var projectionSeed = 0
  /// Whether a file holds the shared matrices; without them it is small.
  package var savesProjection = true
  /// Both vectors begin at normal numbers: for tests of what an adapter does.
  package var isRandom = false
  package var bias = BiasTraining.none
  package var common = CommonSettings()

  package init(rank: Int = 256, modules: ModuleSelection = ModuleSelection()) {
    self.rank = rank
    self.modules = modules
  }

  func check(path: String? = nil) throws(PEFTFault) {
    guard LoRAConfiguration.ranks.contains(rank) else {
      throw .setting(
        path: path, key: "r", wanted: "1 to \(LoRAConfiguration.ranks.upperBound)", got: "\(rank)",
        hint: nil)
    }
    guard dropout >= 0, dropout < 1 else {
      throw .setting(
        path: path, key: "vera_dropout", wanted: "0 to below 1", got: "\(dropout)", hint: nil)
    }
    guard start.magnitude <= 1e6 else {
      throw .setting(
        path: path, key: "d_initial", wanted: "a number near 0.1", got: "\(start)", hint: nil)
    }
    guard projectionSeed >= 0 else {
      throw .setting(
        path: path, key: "projection_prng_key", wanted: "0 or more", got: "\(projectionSeed)",
        hint: nil)
    }
  }
}

extension VeRAConfiguration {
  private static let biasName = "vera_only"

  package init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    bias = try settings.bias(Self.biasName)
    rank = try settings.integer("r", in: LoRAConfiguration.ranks, default: rank)
    dropout = try settings.number("vera_dropout", default: 0)
    start = try settings.number("d_initial", default: start)
    projectionSeed = try settings.integer("projection_prng_key", in: 0...Int.max, default: 0)
    savesProjection = try settings.boolean("save_projection", default: true)
    isRandom = try !settings.boolean("init_weights", default: true)
    _ = try settings.boolean(SiteLayout.key, default: false)
    try settings.finish(
      inert: [:], hint: "this is not done here; merge the adapter with Python's peft")
    try check(path: files.path)
  }

  package func fields() -> [String: JSONValue] {
    fields(
      peftType: VeRA.fileType,
      [
        "r": .integer(rank), "vera_dropout": .number(dropout), "d_initial": .number(start),
        "projection_prng_key": .integer(projectionSeed),
        "save_projection": .boolean(savesProjection), "init_weights": .boolean(!isRandom),
        "bias": bias.value(Self.biasName),
      ])
  }
}

/// `y = W x + b + λ_b ⊙ (B (λ_d ⊙ (A x)))`, A `[r, in]` and B `[out, r]` cut from matrices that fit the largest layer.
package struct VeRA: SiteMethod {
  package static let name = "vera"
  package static let traits = MethodTraits.lowRank("shared matrices between vectors")
  package static let peftType: String? = fileType
  static let fileType = "VERA"

  package let configuration: VeRAConfiguration

  package init(_ configuration: VeRAConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  /// Most numbers of the shared matrices, 1 GB: a file need not hold them and could ask for any.
  private static let projectionLimit = 1 << 28

  package static let usualTargets = UsualTargets.attention.merging(["phi": ["q_proj", "v_proj"]]) {
    $1
  }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    let inputs = sites.linears.map(\.inputs).max() ?? 0
    let outputs = sites.linears.map(\.outputs).max() ?? 0
    guard configuration.rank <= Self.projectionLimit / max(1, inputs + outputs) else {
      throw .setting(
        path: path, key: "r",
        wanted: "at most \(Self.projectionLimit / max(1, inputs + outputs)) for this model",
        got: "\(configuration.rank)", hint: "256 is usual")
    }
    let projection = ProjectionParts()
    let dropout = Float(configuration.dropout)
    let parts = sites.linears.map { linear in
      SitePart(site: linear.site, slots: slots(linear, key)) { own, fixed, adapter in
        adapter.linears[linear.site.number] = VeRALinear(
          outer: own[0], inner: own[1],
          down: projection.columns(linear.inputs, of: fixed[0]),
          up: projection.rows(linear.outputs, of: fixed[1]), dropout: dropout)
      }
    }
    return SiteParts(
      parts: parts, fixed: shared(inputs: inputs, outputs: outputs),
      isFixedStored: configuration.savesProjection)
  }

  private func slots(_ linear: Linear, _ key: RandomKey) -> [TensorSlot] {
    let (M, r, start) = (linear.outputs, configuration.rank, Float(configuration.start))
    let isRandom = configuration.isRandom
    return [
      TensorSlot(key: PEFTKey.at(linear.site, "vera_lambda_b"), shape: [M]) {
        isRandom
          ? key.stream(linear.site, 0).normal([M], deviation: 1) : Tensor(filling: [M], with: 0)
      },
      TensorSlot(key: PEFTKey.at(linear.site, "vera_lambda_d"), shape: [r]) {
        isRandom
          ? key.stream(linear.site, 1).normal([r], deviation: 1) : Tensor(filling: [r], with: start)
      },
    ]
  }

  /// A, then B, from one stream of PyTorch's generator, uniform within ±√(6 / columns).
  private func shared(inputs: Int, outputs: Int) -> [TensorSlot] {
    let (r, seed) = (configuration.rank, UInt64(configuration.projectionSeed))
    func slot(_ name: String, _ shape: [Int], skipping: Int) -> TensorSlot {
      TensorSlot(key: "base_model." + name, shape: shape) {
        let bound = 3.0.squareRoot() * (2.0.squareRoot() / Double(max(1, shape[1])).squareRoot())
        return TorchUniform.tensor(shape, within: bound, seed: seed, skipping: skipping)
      }
    }
    return [
      slot("vera_A", [r, inputs], skipping: 0), slot("vera_B", [outputs, r], skipping: r * inputs),
    ]
  }
}

/// Vectors around the frozen A `[r, in]` and B `[out, r]` of one layer.
struct VeRALinear: LinearAdapter {
  let outer: Trainable
  let inner: Trainable
  let down: Tensor
  let up: Tensor
  let dropout: Float

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    let key = dropout > 0 ? pass.key(for: base.site) : nil
    let input = key.map { x.dropped(rate: dropout, key: $0) } ?? x
    let middle = input.linear(.frozen(down)) * Variable(inner)
    return base(x) + middle.linear(.frozen(up)) * Variable(outer)
  }

  func merged(into base: BaseLinear) -> MergedLinear? {
    let weight = base.weightSource
    let (outer, inner, down, up) = (outer.value, inner.value, down, up)
    return MergedLinear(weight: {
      let (a, b) = (down.scalingRows(by: inner), up.scalingRows(by: outer))
      return weight().adding(1, .plain(MatrixView(b)), .plain(MatrixView(a)), of: (b, a))
    })
  }
}

/// The cut matrices of layers of equal sizes, each once.
private final class ProjectionParts: Sendable {
  private let known = Mutex<(columns: [Int: Tensor], rows: [Int: Tensor])>(([:], [:]))

  func columns(_ count: Int, of matrix: Tensor) -> Tensor {
    known.withLock { known in
      if let part = known.columns[count] { return part }
      let part =
        count == matrix.columns ? matrix : Variable(matrix).columns(0..<count).value
      known.columns[count] = part
      return part
    }
  }

  func rows(_ count: Int, of matrix: Tensor) -> Tensor {
    known.withLock { known in
      if let part = known.rows[count] { return part }
      let part = count == matrix.rows ? matrix : Variable(matrix).rows(0..<count).value
      known.rows[count] = part
      return part
    }
  }
}
