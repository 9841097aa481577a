// What LoRA puts into one model: which tensors of which shape, in a fixed order.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// The places and tensors of a LoRA adapter, before they have values.
struct LoRAPlan: Sendable {
  /// One adapted module with its two tensors.
  struct Part: Sendable {
    let site: Site
    let isTable: Bool
    let scale: Float
    let slots: [TensorSlot]
  }

  let configuration: LoRAConfiguration
  let parts: [Part]
  let whole: WholeModules
  /// Whether a layer's weight lies as `[in, out]`: peft's `fan_in_fan_out`.
  let isTransposed: Bool

  /// All tensors: A and B of each module, then biases, then modules trained whole.
  var slots: [TensorSlot] { parts.flatMap(\.slots) + whole.slots }

  /// - Throws: `PEFTFault.setting` naming what does not fit the model.
  init(
    _ configuration: LoRAConfiguration, _ model: ModelOutline, key: RandomKey,
    isStrict: Bool = true, path: String? = nil
  ) throws(PEFTFault) {
    self.configuration = configuration
    var selection = configuration.modules
    for head in configuration.common.task?.headModules ?? [] where !selection.saved.contains(head) {
      selection.saved.append(head)
    }
    let sites = try selection.sites(
      of: model, usual: LoRA.usualTargets, isStrict: isStrict, path: path)
    isTransposed = sites.linears.contains { $0.weight.isTransposed }
    let sizes = try ModuleSizes(configuration, path: path)
    let start = InitialFactors(configuration.initialisation, key)
    parts =
      (sites.linears.map { sizes.part($0, start) } + sites.embeddings.map { sizes.part($0, start) })
      .sorted { $0.site.number < $1.site.number }
    whole = try WholeModules(
      configuration.modules, task: configuration.common.task, bias: configuration.bias,
      targets: Set(parts.map(\.site.number)), in: model, path: path)
  }
}

/// Rank and scale of each module, with its patterns.
private struct ModuleSizes {
  private let configuration: LoRAConfiguration
  private let ranks: [(ModulePattern, Int)]
  private let alphas: [(ModulePattern, Double)]
  /// Every pattern is matched with every module.
  private static let sizeLimit = 65_536

  init(_ configuration: LoRAConfiguration, path: String?) throws(PEFTFault) {
    self.configuration = configuration
    ranks = try Self.patterns(configuration.rankPattern, "rank_pattern", path)
    alphas = try Self.patterns(configuration.alphaPattern, "alpha_pattern", path)
  }

  /// A key means a whole path or its end behind a dot; of several the first in order holds.
  private static func patterns<Value>(
    _ values: [String: Value], _ key: String, _ path: String?
  ) throws(PEFTFault) -> [(ModulePattern, Value)] {
    var patterns: [(ModulePattern, Value)] = []
    var size = 0
    for (text, value) in values.sorted(by: { $0.key < $1.key }) {
      let pattern = try ModulePattern("(.*\\.)?(\(text))", key: key, path: path)
      size += pattern.size
      guard size <= sizeLimit else {
        throw .setting(
          path: path, key: key, wanted: "patterns of at most \(sizeLimit) characters in all",
          got: "more", hint: nil)
      }
      patterns.append((pattern, value))
    }
    return patterns
  }

  func part(_ linear: Linear, _ start: InitialFactors) -> LoRAPlan.Part {
    let (rank, scale) = size(linear.site.path)
    return LoRAPlan.Part(
      site: linear.site, isTable: false, scale: scale,
      slots: [
        TensorSlot(
          key: PEFTKey.at(linear.site, "lora_A.weight"), shape: [rank, linear.inputs],
          initial: start.down(rank, linear)),
        TensorSlot(
          key: PEFTKey.at(linear.site, "lora_B.weight"), shape: [linear.outputs, rank],
          initial: start.up(rank, linear)),
      ])
  }

  func part(_ table: Embedding, _ start: InitialFactors) -> LoRAPlan.Part {
    let (rank, scale) = size(table.site.path)
    return LoRAPlan.Part(
      site: table.site, isTable: true, scale: scale,
      slots: [
        TensorSlot(
          key: PEFTKey.at(table.site, "lora_embedding_A"), shape: [rank, table.rows],
          initial: start.down(rank, table)),
        TensorSlot(
          key: PEFTKey.at(table.site, "lora_embedding_B"), shape: [table.width, rank],
          initial: start.up(rank, table)),
      ])
  }

  private func size(_ path: String) -> (rank: Int, scale: Float) {
    let rank = ranks.first { $0.0.matches(path) }?.1 ?? configuration.rank
    let alpha = alphas.first { $0.0.matches(path) }?.1 ?? configuration.alpha
    return (rank, configuration.scale(rank: rank, alpha: alpha))
  }
}

/// How A and B begin, as in peft: the product is zero unless asked otherwise.
private struct InitialFactors: Sendable {
  private let kind: LoRAConfiguration.Initialisation
  private let key: RandomKey

  init(_ kind: LoRAConfiguration.Initialisation, _ key: RandomKey) {
    self.kind = kind
    self.key = key
  }

  func down(_ rank: Int, _ linear: Linear) -> @Sendable () -> Tensor {
    let (shape, key) = ([rank, linear.inputs], stream(linear.site, 0))
    let bound = 1 / Float(max(1, linear.inputs)).squareRoot()
    return switch kind {
    case .gaussian: { key.normal(shape, deviation: 1 / Float(rank)) }
    case .uniform, .random: { key.uniform(shape, in: -bound..<bound) }
    }
  }

  func up(_ rank: Int, _ linear: Linear) -> @Sendable () -> Tensor {
    let (shape, key) = ([linear.outputs, rank], stream(linear.site, 1))
    let bound = 1 / Float(rank).squareRoot()
    guard kind == .random else { return { Self.zeros(shape) } }
    return { key.uniform(shape, in: -bound..<bound) }
  }

  func down(_ rank: Int, _ table: Embedding) -> @Sendable () -> Tensor {
    let (shape, key) = ([rank, table.rows], stream(table.site, 0))
    guard kind == .random else { return { Self.zeros(shape) } }
    return { key.normal(shape, deviation: 1) }
  }

  func up(_ rank: Int, _ table: Embedding) -> @Sendable () -> Tensor {
    let (shape, key) = ([table.width, rank], stream(table.site, 1))
    return { key.normal(shape, deviation: 1) }
  }

  private static func zeros(_ shape: [Int]) -> Tensor {
    Tensor(shape) { $0.update(repeating: 0, count: shape.reduce(1, *)) }
  }

  /// A stream of a site's tensor, apart from those of dropout under the same seed.
  private func stream(_ site: Site, _ tensor: UInt32) -> RandomKey {
    let layer = UInt16(truncatingIfNeeded: (site.layer ?? -1) + 1) | 0x8000
    var stream = key.at(layer: layer, site: UInt16(truncatingIfNeeded: site.number))
    stream.step = tensor
    return stream
  }
}
