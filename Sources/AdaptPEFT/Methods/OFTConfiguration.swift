// The settings of OFT.
package import AdaptGradients
package import AdaptSystem

/// Blocks and form of the rotations.
package struct OFTConfiguration: SiteConfiguration {
  /// As in peft's comparison, where OFT reached 49 percent (MetaMathQA, Llama-3.2-3B).
  package static let learningRate = 1e-4

  package var modules = ModuleSelection()
  /// Inputs that turn together, b; where a layer's inputs are not divisible by it, the nearest number that divides
  /// them.
  package var blockSize = 32
  /// The number of blocks of each layer in the place of their size.
  package var blocks: Int?
  /// Whether all blocks of a layer turn alike.
  package var isShared = false
  package var form = CayleyForm.series(terms: 5)
  /// Begins at small random rotations: for tests of what an adapter does.
  package var isRandom = false
  package var bias = BiasTraining.none
  package var common = CommonSettings()

  package init(modules: ModuleSelection = ModuleSelection()) { self.modules = modules }

  static let sizes = 1...65_536

  func check(path: String? = nil) throws(PEFTFault) {
    for (key, size) in [("oft_block_size", blockSize), ("r", blocks ?? 1)]
    where !Self.sizes.contains(size) {
      throw .setting(
        path: path, key: key, wanted: "1 to \(Self.sizes.upperBound)", got: "\(size)", hint: nil)
    }
    if case .series(let terms) = form, !(1...64).contains(terms) {
      throw .setting(
        path: path, key: "num_cayley_neumann_terms", wanted: "1 to 64", got: "\(terms)", hint: nil)
    }
  }

  /// b for a layer: the nearest divisor of its inputs, the smaller of two equally near ones.
  package func blockSize(inputs: Int) -> Int {
    guard let blocks else { return Self.divisor(of: inputs, near: blockSize) }
    return inputs / Self.divisor(of: inputs, near: blocks)
  }

  private static func divisor(of whole: Int, near wanted: Int) -> Int {
    guard wanted < whole else { return max(1, whole) }
    let above = (wanted...whole).first { whole % $0 == 0 } ?? whole
    let below = stride(from: wanted, to: 0, by: -1).first { whole % $0 == 0 } ?? 1
    return wanted - below <= above - wanted ? below : above
  }
}

extension OFTConfiguration {
  private static let biasName = "oft_only"
  /// The series of peft before 0.18 was another one, and it refuses files that do not say they are newer.
  private static let seriesVersion = "0.18.0"

  package init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    bias = try settings.bias(Self.biasName)
    try readBlocks(&settings)
    isShared = try settings.boolean("block_share", default: false)
    isRandom = try !settings.boolean("init_weights", default: true)
    let terms = try settings.integer("num_cayley_neumann_terms", in: 1...64, default: 5)
    if try settings.boolean("use_cayley_neumann", default: false) {
      form = .series(terms: terms)
      try Self.checkVersion(files)
    } else {
      form = .exact
    }
    // Peft keeps a dropout of blocks and does not apply it to dense layers; eps acts with coft alone.
    settings.ignore([SiteLayout.key, "module_dropout", "eps"])
    try settings.finish(
      inert: ["coft": [.boolean(false)]],
      hint: "rotations within a bound are not done here; merge the adapter with Python's peft")
    try check(path: files.path)
  }

  private mutating func readBlocks(_ settings: inout SettingsReader) throws(PEFTFault) {
    let wide = 0...Self.sizes.upperBound
    let count = try settings.integer("r", in: wide, default: 0)
    let size = try settings.integer("oft_block_size", in: wide, default: count == 0 ? 32 : 0)
    guard (count == 0) != (size == 0) else {
      throw .setting(
        path: settings.path, key: "oft_block_size", wanted: "either it or `r`, the other 0",
        got: "\(size) with r \(count)", hint: nil)
    }
    if count > 0 { blocks = count } else { blockSize = size }
  }

  private static func checkVersion(_ files: AdapterFiles) throws(PEFTFault) {
    let version: String? =
      if case .string(let text) = files.configuration["peft_version"] { text } else { nil }
    let numbers = (version ?? "0").prefix(64).split(separator: ".").prefix(2).map { Int($0) ?? 0 }
    guard !numbers.lexicographicallyPrecedes([0, 18]) else {
      throw .setting(
        path: files.path, key: "peft_version", wanted: "0.18 or newer with `use_cayley_neumann`",
        got: version.map { "`\($0.excerpt)`" } ?? "nothing",
        hint:
          "the series of older versions was another one: merge the adapter with that version, or"
          + " say 0.18.0 where it is known to be of a newer one")
    }
  }

  package func fields() -> [String: JSONValue] {
    var own: [String: JSONValue] = [
      "r": .integer(blocks ?? 0), "oft_block_size": .integer(blocks == nil ? blockSize : 0),
      "module_dropout": .number(0),
      "bias": bias.value(Self.biasName), "init_weights": .boolean(!isRandom),
      "coft": .boolean(false), "eps": .number(6e-5), "block_share": .boolean(isShared),
      "use_cayley_neumann": .boolean(false),
    ]
    if case .series(let terms) = form {
      own["use_cayley_neumann"] = .boolean(true)
      own["num_cayley_neumann_terms"] = .integer(terms)
      own["peft_version"] = .string(Self.seriesVersion)
    }
    return fields(peftType: OFT.fileType, own)
  }
}
