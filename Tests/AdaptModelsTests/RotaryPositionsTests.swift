// Rotary frequencies against the transformers library and a naive twin, and the tables made of them.
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct RotaryFrequencyTests {
  /// The reference takes powers and quotients in f32: `θ^x` has a relative error of up to about
  /// `ln θ · 2^-24 ≈ 1e-6` for the largest base here, and a few roundings follow.
  static let tolerance = 3e-6

  @Test func equalTheReferenceLibrary() throws {
    let cases = try ReferenceCase.all()
    #expect(cases.count == 27)
    for reference in cases {
      let c = try reference.configuration()
      let frequencies = c.rotary.frequencies(width: c.headWidth, length: reference.length)
      #expect(
        worst(frequencies, reference.frequencies) < Self.tolerance, "\(reference.name)")
      #expect(abs(c.rotary.scale - reference.scale) < 1e-12, "\(reference.name)")
    }
  }

  @Test func equalTheNaiveTwin() throws {
    for reference in try ReferenceCase.all() {
      let c = try reference.configuration()
      let frequencies = c.rotary.frequencies(width: c.headWidth, length: reference.length)
      let twin = naive(c.rotary, width: c.headWidth, length: reference.length)
      #expect(worst(frequencies, twin) < 1e-12, "\(reference.name)")
    }
  }

  /// Numbers taken from the formulas by hand for two published models.
  @Test func equalPublishedSettings() {
    let llama = RotarySettings(
      base: 5e5, scaling: .llama3(.init(factor: 32, lowTurns: 1, highTurns: 4, original: 8192)))
    let wanted = [0: 1, 8: 0.037606, 14: 0.00321145, 15: 0.00129055, 16: 0.000429557]
      .merging([17: 9.70829e-5, 18: 1.94616e-5, 20: 8.57026e-6, 31: 9.41831e-8]) { $1 }
    let frequencies = llama.frequencies(width: 64, length: 10)
    for (j, value) in wanted { #expect(abs(frequencies[j] / value - 1) < 1e-5, "pair \(j)") }

    let yarn = RotarySettings(base: 1e6, scaling: .yarn(.init(factor: 4, original: 32_768)))
    #expect(abs(yarn.scale - 1.138629) < 1e-6)
    let pairs = yarn.frequencies(width: 128, length: 10)
    for (j, value) in [20: 0.0133352, 23: 0.00697831, 30: 0.00106436, 40: 4.4457e-5] {
      #expect(abs(pairs[j] / value - 1) < 1e-5, "pair \(j)")
    }
    // A base of 30527.74 for 8192 positions of a model of 4096.
    let dynamic = RotarySettings(scaling: .dynamic(factor: 2, original: 4096))
    #expect(
      abs(1 / dynamic.frequencies(width: 128, length: 8192)[32] - 30_527.74.squareRoot()) < 1e-3)
  }

  @Test func lengthMattersToDynamicScalingOnly() {
    let kinds: [RotarySettings.Scaling] = [
      .none, .linear(factor: 2), .yarn(.init(factor: 4, original: 32)),
      .llama3(.init(factor: 8, lowTurns: 1, highTurns: 4, original: 16)),
    ]
    for scaling in kinds {
      let settings = RotarySettings(scaling: scaling)
      #expect(
        settings.frequencies(width: 16, length: 1) == settings.frequencies(width: 16, length: 9_999)
      )
    }
    let dynamic = RotarySettings(scaling: .dynamic(factor: 2, original: 128))
    let short = dynamic.frequencies(width: 16, length: 128)
    #expect(short == RotarySettings().frequencies(width: 16, length: 1))
    let long = dynamic.frequencies(width: 16, length: 200)
    #expect(long[0] == 1 && zip(long, short).dropFirst().allSatisfy { $0 < $1 })
  }

  private func worst(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { worst, pair in
      let error = abs(pair.0 - pair.1) / abs(pair.1)
      return error.isNaN ? .infinity : max(worst, error)
    }
  }

  /// The formulas once more, by wavelengths and logarithms instead of turns and powers.
  private func naive(_ settings: RotarySettings, width: Int, length: Int) -> [Double] {
    let d = Double(width)
    var base = settings.base
    if case .dynamic(let factor, let original) = settings.scaling, length > original {
      let stretch = 1 + factor * (Double(length) / Double(original) - 1)
      base = exp(log(base) + log(stretch) * d / (d - 2))
    }
    return (0..<width / 2).map { j in
      let wave = 2 * Double.pi * exp(log(base) * 2 * Double(j) / d)
      switch settings.scaling {
      case .none, .dynamic: return 2 * .pi / wave
      case .linear(let factor): return 2 * .pi / (wave * factor)
      case .llama3(let s): return 2 * .pi / wave * kept(s, wave)
      case .yarn(let s): return 2 * .pi / wave * kept(s, j, d, settings.base)
      }
    }
  }

  private func kept(_ s: RotarySettings.LlamaScaling, _ wave: Double) -> Double {
    let (long, short) = (Double(s.original) / s.lowTurns, Double(s.original) / s.highTurns)
    if wave < short { return 1 }
    if wave > long { return 1 / s.factor }
    let share = (Double(s.original) / wave - s.lowTurns) / (s.highTurns - s.lowTurns)
    return 1 / s.factor + share * (1 - 1 / s.factor)
  }

  private func kept(
    _ s: RotarySettings.YarnScaling, _ j: Int, _ d: Double, _ base: Double
  ) -> Double {
    func pair(_ turns: Double) -> Double {
      let wave = Double(s.original) / turns
      return d / 2 * (log(wave) - log(2 * Double.pi)) / log(base)
    }
    var (low, high) = (pair(s.fast), pair(s.slow))
    if s.isTruncated { (low, high) = (floor(low), ceil(high)) }
    if low < 0 { low = 0 }
    if high > d - 1 { high = d - 1 }
    if high == low { high = low + 0.001 }
    var ramp = (Double(j) - low) / (high - low)
    if ramp < 0 { ramp = 0 }
    if ramp > 1 { ramp = 1 }
    return 1 - ramp * (1 - 1 / s.factor)
  }
}

struct RotaryPositionsTests {
  @Test func tablesHoldScaledCosinesAndSines() throws {
    let settings = RotarySettings(scaling: .yarn(.init(factor: 4, original: 32)))
    let table = try RotaryPositions(settings, width: 16, positions: 128).table(length: 100)
    #expect(table.rotated == 16 && table.positions >= 100)
    let frequencies = settings.frequencies(width: 16, length: 100)
    for position in [0, 1, 63, 99] {
      for (j, frequency) in frequencies.enumerated() {
        let angle = Double(position) * frequency
        let (cosine, sine) = (cos(angle) * settings.scale, sin(angle) * settings.scale)
        #expect(abs(Double(table.cosine.elements[position * 8 + j]) - cosine) < 1e-6)
        #expect(abs(Double(table.sine.elements[position * 8 + j]) - sine) < 1e-6)
      }
    }
  }

  @Test func tablesGrowByDoublingUpToTheLimit() throws {
    let positions = RotaryPositions(RotarySettings(), width: 8, positions: 131_072 + 1)
    #expect(positions.cachedPositions == 0 && positions.limit == 131_073)
    let small = try positions.table(length: 10)
    #expect(small.positions == 64)
    let again = try positions.table(length: 64)
    #expect(again.cosine.storage.base == small.cosine.storage.base)
    #expect(try positions.table(length: 65).positions == 128)
    #expect(try positions.table(length: 0).positions == 128)
    #expect(try positions.table(length: 131_073).positions == 131_073)
    #expect(positions.cachedPositions == 131_073)
    #expect(throws: ModelFault.tooLong(tokens: 131_074, limit: 131_073)) {
      try positions.table(length: 131_074)
    }
    // Rows stay what they were.
    let large = try positions.table(length: 1)
    #expect(large.sine.elements.prefix(64 * 4).elementsEqual(small.sine.elements))
  }

  @Test func limitsFollowTheFactor() {
    let yarn = RotarySettings(scaling: .yarn(.init(factor: 4, original: 32)))
    let llama = RotarySettings(
      scaling: .llama3(.init(factor: 8, lowTurns: 1, highTurns: 4, original: 16)))
    let limits: [(RotarySettings, Int?)] = [
      (RotarySettings(), 100), (llama, 100), (yarn, 128),
      (RotarySettings(scaling: .linear(factor: 2.5)), 250),
      (RotarySettings(scaling: .linear(factor: 0.5)), 100),
      (RotarySettings(scaling: .dynamic(factor: 2, original: 100)), nil),
    ]
    for (settings, limit) in limits {
      #expect(settings.limit(positions: 100) == limit)
    }
  }

  @Test func dynamicLengthsHaveTheirOwnTables() throws {
    let settings = RotarySettings(scaling: .dynamic(factor: 2, original: 128))
    let positions = RotaryPositions(settings, width: 8, positions: 128)
    func check(_ length: Int, against frequencies: [Double]) throws {
      let table = try positions.table(length: length)
      let last = length - 1
      for (j, frequency) in frequencies.enumerated() {
        let sine = Double(table.sine.elements[last * 4 + j])
        #expect(abs(sine - sin(Double(last) * frequency)) < 1e-6, "length \(length)")
      }
    }
    for length in [5, 128, 129, 300, 129, 5] {
      try check(length, against: settings.frequencies(width: 8, length: length))
    }
    #expect(positions.cachedPositions == 128)
  }

  @Test func manyThreadsShareOneTable() async throws {
    let positions = RotaryPositions(RotarySettings(), width: 16, positions: 4096)
    let wanted = try RotaryPositions(RotarySettings(), width: 16, positions: 4096).table(
      length: 4096)
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<64 {
        group.addTask {
          let length = (number * 977) % 4096 + 1
          guard let table = try? positions.table(length: length), table.positions >= length
          else { return false }
          return table.cosine.elements.elementsEqual(
            wanted.cosine.elements.prefix(table.positions * 8))
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    #expect(positions.cachedPositions == 4096)
  }
}

/// A case of Fixtures/rotary.json.
private struct ReferenceCase {
  let name: String
  let config: Data
  let length: Int
  let scale: Double
  let frequencies: [Double]

  static func all() throws -> [ReferenceCase] {
    let data = try Data(contentsOf: ModelFixtures.folder.appendingPathComponent("rotary.json"))
    let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require(file["cases"] as? [[String: Any]]).map { entry in
      ReferenceCase(
        name: try #require(entry["name"] as? String),
        config: try JSONSerialization.data(withJSONObject: try #require(entry["config"])),
        length: try #require(entry["length"] as? Int),
        scale: try #require(entry["scale"] as? Double),
        frequencies: try #require(entry["frequencies"] as? [Double]))
    }
  }

  func configuration() throws -> LlamaConfiguration {
    try ConfigurationText.withFile(config) { try LlamaConfiguration(file: $0) }
  }
}
