// The tensors of LoRA at each module: rank and scale by the patterns of the settings, and how A and B begin.
import AdaptGradients
import AdaptModels
import AdaptSystem
import AdaptTensors

/// A and B of every module, before they have values.
struct LoRAFactors: Sendable {
  private let configuration: LoRAConfiguration
  private let key: RandomKey
  private let path: String?
  private let shared: Set<Int>
  private let ranks: [(ModulePattern, Int)]
  private let alphas: [(ModulePattern, Double)]
  /// Every pattern is matched with every module.
  private static let sizeLimit = 65_536

  init(
    _ configuration: LoRAConfiguration, _ model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) {
    self.configuration = configuration
    self.key = key
    self.path = path
    shared = model.sharedParameters
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

  /// A `[r, in]`, B `[out, r]`, the scale of their product, and the base where it is not the model's.
  func at(
    _ linear: Linear
  ) throws(PEFTFault) -> (slots: [TensorSlot], scale: Float, start: DecomposedStart?) {
    let (rank, scale) = size(linear.site.path)
    let start = try decomposed(linear, rank: rank, scale: scale)
    let (down, up) = (start?.down ?? down(rank, linear), start?.up ?? up(rank, linear))
    return (
      [
        TensorSlot(
          key: PEFTKey.at(linear.site, "lora_A.weight"), shape: [rank, linear.inputs],
          initial: down),
        TensorSlot(
          key: PEFTKey.at(linear.site, "lora_B.weight"), shape: [linear.outputs, rank],
          learningRateFactor: Float(configuration.learningRateRatio), initial: up),
      ], scale, start
    )
  }

  /// A `[r, V]`, B `[D, r]` of a table.
  func at(_ table: Embedding) throws(PEFTFault) -> (slots: [TensorSlot], scale: Float) {
    guard !configuration.initialisation.isOfTheBase else {
      throw .setting(
        path: path, key: "init_lora_weights", wanted: "true or \"gaussian\" for a table",
        got: "`\(table.site.path)` among the targets",
        hint: "initialisations from the base's weights are for dense layers")
    }
    let (rank, scale) = size(table.site.path)
    return (
      [
        TensorSlot(
          key: PEFTKey.at(table.site, "lora_embedding_A"), shape: [rank, table.rows],
          initial: down(rank, table)),
        TensorSlot(
          key: PEFTKey.at(table.site, "lora_embedding_B"), shape: [table.width, rank],
          initial: up(rank, table)),
      ], scale
    )
  }

  private func size(_ path: String) -> (rank: Int, scale: Float) {
    let rank = ranks.first { $0.0.matches(path) }?.1 ?? configuration.rank
    let alpha = alphas.first { $0.0.matches(path) }?.1 ?? configuration.alpha
    return (rank, configuration.scale(rank: rank, alpha: alpha))
  }

  /// An initialisation from the weight itself; it needs a weight that no other place uses.
  private func decomposed(
    _ linear: Linear, rank: Int, scale: Float
  ) throws(PEFTFault) -> DecomposedStart? {
    guard configuration.initialisation.isOfTheBase else { return nil }
    func fault(_ wanted: String, _ got: String, _ hint: String?) -> PEFTFault {
      .setting(path: path, key: "init_lora_weights", wanted: wanted, got: got, hint: hint)
    }
    guard !shared.contains(linear.weight.number) else {
      throw fault(
        "modules with weights of their own", "`\(linear.site.path)`, which shares its weight",
        "leave it out of the targets: its base would change in the other place too")
    }
    guard rank <= min(linear.inputs, linear.outputs) else {
      throw fault(
        "a rank of at most \(min(linear.inputs, linear.outputs)) at `\(linear.site.path)`",
        "\(rank)", "a matrix has no more singular values than rows or columns")
    }
    if case .loftq = configuration.initialisation, scale != 1 {
      throw fault(
        "alpha equal to the rank with \"loftq\"", "a scale of \(scale)",
        "LoftQ makes factors that are added as they are")
    }
    return DecomposedStart(
      configuration.initialisation, linear, rank: rank, scale: scale)
  }
}

// How A and B begin, as in peft: the product is zero unless asked otherwise.
extension LoRAFactors {
  private var kind: LoRAConfiguration.Initialisation { configuration.initialisation }

  private func down(_ rank: Int, _ linear: Linear) -> @Sendable () -> Tensor {
    let (shape, key) = ([rank, linear.inputs], key.stream(linear.site, 0))
    let bound = 1 / Float(max(1, linear.inputs)).squareRoot()
    if case .gaussian = kind { return { key.normal(shape, deviation: 1 / Float(rank)) } }
    return { key.uniform(shape, in: -bound..<bound) }
  }

  private func up(_ rank: Int, _ linear: Linear) -> @Sendable () -> Tensor {
    let (shape, key) = ([linear.outputs, rank], key.stream(linear.site, 1))
    let bound = 1 / Float(rank).squareRoot()
    guard kind == .random else { return { Tensor(filling: shape, with: 0) } }
    return { key.uniform(shape, in: -bound..<bound) }
  }

  private func down(_ rank: Int, _ table: Embedding) -> @Sendable () -> Tensor {
    let (shape, key) = ([rank, table.rows], key.stream(table.site, 0))
    guard kind == .random else { return { Tensor(filling: shape, with: 0) } }
    return { key.normal(shape, deviation: 1) }
  }

  private func up(_ rank: Int, _ table: Embedding) -> @Sendable () -> Tensor {
    let (shape, key) = ([table.width, rank], key.stream(table.site, 1))
    return { key.normal(shape, deviation: 1) }
  }
}
