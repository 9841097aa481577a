// The settings of LoRA, with the values that peft takes where nothing is said.
import AdaptModels

/// What to adapt, by how much, and how it begins.
package struct LoRAConfiguration: SiteConfiguration {
  /// Of the runs of peft's comparison all LoRA variants had it (MetaMathQA, Llama-3.2-3B: 47 to 51 percent).
  package static let learningRate = 1e-4

  /// How the factors of a new adapter begin.
  ///
  /// All but `.random` and `.loftq` leave the model as it is.
  package enum Initialisation: Sendable, Equatable {
    /// A uniform within ±1/√in, B zero.
    case uniform
    /// A normal of deviation 1/r, B zero.
    case gaussian
    /// Neither is zero: for tests of what an adapter does.
    case random
    /// The leading singular parts of the weight, which its base then lacks; by rounds of iteration on a random
    /// sketch, or exactly where nil.
    case pissa(iterations: Int?)
    /// The first columns of the weight made orthonormal, and what they give of it.
    case olora
    /// A base rounded to 4 or 8 bits and factors of what it misses.
    case loftq(bits: Int, iterations: Int)

    /// Whether it is made from the weight, with a base of its own.
    var isOfTheBase: Bool {
      switch self {
      case .uniform, .gaussian, .random: false
      case .pissa, .olora, .loftq: true
      }
    }
  }

  package var rank = 8
  package var alpha = 8.0
  /// Share of the inputs of A that is dropped in training, each layer its own.
  package var dropout = 0.0
  package var modules = ModuleSelection()
  /// Rank of modules by the end of their path or a pattern for it.
  package var rankPattern: [String: Int] = [:]
  /// The same for alpha.
  package var alphaPattern: [String: Double] = [:]
  /// Scale α/√r in place of α/r (Kalajdzievski, arXiv:2312.03732).
  package var isRankStabilised = false
  package var initialisation = Initialisation.uniform
  package var bias = BiasTraining.none
  /// Rate of B over that of A (LoRA+, Hayou et al., arXiv:2402.12354, where 16 is usual); not in files.
  ///
  /// Biases and other vectors that train go with B. Factors of tables stay at the rate itself.
  package var learningRateRatio = 1.0
  /// Weight-decomposed: the method dora.
  package var isDecomposed = false
  package var common = CommonSettings()

  package var vectorRateFactor: Float { Float(learningRateRatio) }

  package init() {}

  package init(rank: Int, alpha: Double, modules: ModuleSelection = ModuleSelection()) {
    self.rank = rank
    self.alpha = alpha
    self.modules = modules
  }

  static let ranks = 1...65_536

  /// - Throws: `PEFTFault.setting` naming what is out of range.
  func check(path: String? = nil) throws(PEFTFault) {
    for (key, rank) in [("r", rank)]
      + rankPattern.map({ ("rank_pattern.\($0.key.prefix(60))", $0.value) })
    {
      guard Self.ranks.contains(rank) else {
        throw .setting(
          path: path, key: key, wanted: "\(Self.ranks.lowerBound) to \(Self.ranks.upperBound)",
          got: "\(rank)", hint: nil)
      }
    }
    let alphas =
      [("lora_alpha", alpha)]
      + alphaPattern.map { ("alpha_pattern.\($0.key.prefix(60))", $0.value) }
    for (key, alpha) in alphas where !(alpha > 0 && alpha <= 1e9) {
      throw .setting(
        path: path, key: key, wanted: "a number above 0", got: "\(alpha)",
        hint: "alpha over the rank is the factor of the update; 16 with a rank of 8 is usual")
    }
    guard dropout >= 0, dropout < 1 else {
      throw .setting(
        path: path, key: "lora_dropout", wanted: "0 to below 1", got: "\(dropout)", hint: nil)
    }
    guard learningRateRatio >= 1, learningRateRatio <= 1e4 else {
      throw .setting(
        path: path, key: "loraplus_lr_ratio", wanted: "1 to 10000", got: "\(learningRateRatio)",
        hint: "B learns faster than A; 16 is usual")
    }
    try checkInitialisation(path)
  }

  private func checkInitialisation(_ path: String?) throws(PEFTFault) {
    func fault(_ key: String, _ wanted: String, _ got: Int) -> PEFTFault {
      .setting(path: path, key: key, wanted: wanted, got: "\(got)", hint: nil)
    }
    switch initialisation {
    case .pissa(.some(let iterations)) where !(0...64).contains(iterations):
      throw fault("init_lora_weights", "pissa_niter_0 to pissa_niter_64", iterations)
    case .loftq(let bits, _) where bits != 4 && bits != 8:
      throw fault("loftq_config.loftq_bits", "4 or 8", bits)
    case .loftq(_, let iterations) where !(1...64).contains(iterations):
      throw fault("loftq_config.loftq_iter", "1 to 64", iterations)
    default: return
    }
  }

  /// The factor of `B A x` at rank r.
  func scale(rank: Int, alpha: Double) -> Float {
    Float(isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank))
  }
}
