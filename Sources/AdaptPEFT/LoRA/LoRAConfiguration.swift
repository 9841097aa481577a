// The settings of LoRA, with the values that peft takes where nothing is said.
import AdaptModels

/// What to adapt, by how much, and how it begins.
package struct LoRAConfiguration: Sendable, Equatable {
  /// How the factors of a new adapter begin.
  ///
  /// All but `.random` leave the model as it is.
  package enum Initialisation: Sendable, Equatable {
    /// A uniform within ±1/√in, B zero.
    case uniform
    /// A normal of deviation 1/r, B zero.
    case gaussian
    /// Neither is zero: for tests of what an adapter does.
    case random
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
  package var common = CommonSettings()

  package init() {}

  package init(rank: Int, alpha: Double, modules: ModuleSelection = ModuleSelection()) {
    self.rank = rank
    self.alpha = alpha
    self.modules = modules
  }

  static let ranks = 1...65_536

  /// - Throws: `PEFTFault.setting` naming what is out of range.
  func check(path: String? = nil) throws(PEFTFault) {
    for (key, rank) in [("r", rank)] + rankPattern.map({ ("rank_pattern.\($0.key)", $0.value) }) {
      guard Self.ranks.contains(rank) else {
        throw .setting(
          path: path, key: key, wanted: "\(Self.ranks.lowerBound) to \(Self.ranks.upperBound)",
          got: "\(rank)", hint: nil)
      }
    }
    let alphas =
      [("lora_alpha", alpha)]
      + alphaPattern.map { ("alpha_pattern.\($0.key)", $0.value) }
    for (key, alpha) in alphas where !(alpha > 0 && alpha <= 1e9) {
      throw .setting(
        path: path, key: key, wanted: "a number above 0", got: "\(alpha)",
        hint: "alpha over the rank is the factor of the update; 16 with a rank of 8 is usual")
    }
    guard dropout >= 0, dropout < 1 else {
      throw .setting(
        path: path, key: "lora_dropout", wanted: "0 to below 1", got: "\(dropout)", hint: nil)
    }
  }

  /// The factor of `B A x` at rank r.
  func scale(rank: Int, alpha: Double) -> Float {
    Float(isRankStabilised ? alpha / Double(rank).squareRoot() : alpha / Double(rank))
  }
}
