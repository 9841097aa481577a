// How the angles of rotary positions are made: the base of the frequencies, and how they are stretched for
// contexts longer than the first training had.

/// Base and scaling of rotary positions.
package struct RotarySettings: Sendable, Equatable {
  /// θ: component pair `j` of `d` components turns by `θ^(-2j/d)` a position before scaling.
  package var base: Double
  package var scaling: Scaling

  package init(base: Double = 10_000, scaling: Scaling = .none) {
    self.base = base
    self.scaling = scaling
  }

  /// The kinds of `rope_type`.
  package enum Scaling: Sendable, Equatable {
    case none
    /// All positions closer together by `factor` (Chen et al., arXiv:2306.15595).
    case linear(factor: Double)
    /// A base that grows with the sequence beyond `original` positions ("dynamic NTK" in Peng et al., arXiv:2309.00071).
    case dynamic(factor: Double, original: Int)
    case llama3(LlamaScaling)
    case yarn(YarnScaling)
  }

  /// Llama 3.1's: slow pairs are stretched, fast ones kept, those between mixed.
  package struct LlamaScaling: Sendable, Equatable {
    package var factor: Double
    /// Pairs with fewer turns than this over `original` positions are stretched whole.
    package var lowTurns: Double
    /// Pairs with more turns than this are kept.
    package var highTurns: Double
    /// Positions of the first training.
    package var original: Int

    package init(factor: Double, lowTurns: Double, highTurns: Double, original: Int) {
      self.factor = factor
      self.lowTurns = lowTurns
      self.highTurns = highTurns
      self.original = original
    }
  }

  /// YaRN (Peng et al., arXiv:2309.00071).
  package struct YarnScaling: Sendable, Equatable {
    package var factor: Double
    package var original: Int
    /// β: pairs with more turns than this over `original` positions are kept.
    package var fast: Double
    /// α: pairs with fewer turns are stretched whole.
    package var slow: Double
    /// Whether the ramp between the two starts and ends at whole pairs.
    package var isTruncated: Bool
    /// What cosines and sines are multiplied with: √(1/t) of the paper.
    package var attention: Double

    package init(
      factor: Double, original: Int, fast: Double = 32, slow: Double = 1,
      isTruncated: Bool = true, attention: Double? = nil
    ) {
      self.factor = factor
      self.original = original
      self.fast = fast
      self.slow = slow
      self.isTruncated = isTruncated
      self.attention = attention ?? Self.magnitude(factor)
    }
  }

  /// The longest sequence the settings are meant for, of a model of `positions`; nil has no end.
  ///
  /// A factor multiplies the length that the first training had; a file may give either length as its
  /// `max_position_embeddings`, so the longer counts.
  package func limit(positions: Int) -> Int? {
    switch scaling {
    case .none, .llama3: positions
    case .linear(let factor): max(positions, Self.stretched(positions, factor))
    case .dynamic: nil
    case .yarn(let yarn): max(positions, Self.stretched(yarn.original, yarn.factor))
    }
  }

  private static func stretched(_ length: Int, _ factor: Double) -> Int {
    Int(exactly: (Double(length) * factor).rounded(.down)) ?? .max
  }
}
