import AdaptModels
// The settings of interventions, in files of our own and in AdapterHub's.
import AdaptSystem
package import AdaptTensors

/// Which rows of which layers are changed, and by how much.
package struct ReFTConfiguration: Sendable, Equatable {
  package var rank = 4
  /// Interventions at the first tokens of a prompt, f.
  package var first = 7
  /// Interventions at its last tokens, l.
  package var last = 7
  /// First and last tokens share one intervention.
  package var isTied = false
  /// The rows of R stay orthonormal.
  package var isOrthogonal = true
  /// Takes away what is there along R: LoReFT; else it only adds, as DiReFT does.
  package var subtracts = true
  /// Share of the changed rows' numbers that is dropped in training.
  package var dropout = 0.0
  package var nonlinearity: Nonlinearity?
  /// Numbers of layers; nil means all.
  package var layers: [Int]?
  package var common = CommonSettings()

  package init() {}

  /// The usual settings of DiReFT.
  package static var direct: ReFTConfiguration {
    var configuration = ReFTConfiguration()
    (configuration.isOrthogonal, configuration.subtracts) = (false, false)
    return configuration
  }

  /// - Throws: `PEFTFault.setting` naming what is out of range.
  func check(path: String? = nil) throws(PEFTFault) {
    func fail(_ key: String, _ wanted: String, _ got: Int) -> PEFTFault {
      .setting(path: path, key: key, wanted: wanted, got: "\(got)", hint: nil)
    }
    guard (1...65_536).contains(rank) else { throw fail("r", "a rank above 0", rank) }
    for (key, count) in [("prefix_positions", first), ("suffix_positions", last)] {
      guard (0...1_000_000).contains(count) else { throw fail(key, "0 or more", count) }
    }
    guard first + last > 0 else {
      throw fail("prefix_positions", "positions at the beginning or the end", 0)
    }
    guard dropout >= 0, dropout < 1 else {
      throw .setting(
        path: path, key: "dropout", wanted: "0 to below 1", got: "\(dropout)", hint: nil)
    }
  }

  /// The layers of `model` that are meant.
  ///
  /// - Throws: `PEFTFault.setting` for a layer that is not there, or a rank that the stream has no room for.
  func layers(of model: ModelOutline, path: String? = nil) throws(PEFTFault) -> [Int] {
    guard rank <= model.width else {
      throw .setting(
        path: path, key: "r", wanted: "at most \(model.width), the width of the model",
        got: "\(rank)", hint: nil)
    }
    let all = Array(0..<model.layers)
    guard let layers else { return all }
    if let wrong = layers.first(where: { !all.contains($0) }) {
      throw .setting(
        path: path, key: "layers", wanted: "layers below \(model.layers)", got: "\(wrong)",
        hint: nil)
    }
    return Set(layers).sorted()
  }

  private mutating func takeShared(_ settings: inout SettingsReader) throws(PEFTFault) {
    let counts = 0...1_000_000
    rank = try settings.integer("r", in: 1...65_536, default: 1)
    first = try settings.integer("prefix_positions", in: counts, default: 3)
    last = try settings.integer("suffix_positions", in: counts, default: 0)
    isTied = try settings.boolean("tied_weights", default: false)
    isOrthogonal = try settings.boolean("orthogonality", default: true)
    dropout = try settings.number("dropout", default: 0.05)
    if settings.value("non_linearity") != nil {
      nonlinearity = try settings.nonlinearity("non_linearity", default: .relu)
    }
    if settings.value("layers") != .string("all") {
      layers = try settings.integers("layers", in: counts)
    }
  }

  /// What both layouts say.
  private var shared: [String: JSONValue] {
    [
      "r": .integer(rank), "prefix_positions": .integer(first), "suffix_positions": .integer(last),
      "tied_weights": .boolean(isTied), "orthogonality": .boolean(isOrthogonal),
      "dropout": .number(dropout),
      "non_linearity": .optional(nonlinearity.map { AdapterHubNonlinearity.name(of: $0) }),
      "layers": layers.map { .array($0.map { .integer($0) }) } ?? .string("all"),
    ]
  }
}

extension ReFTConfiguration {
  /// Our own layout.
  init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    try takeShared(&settings)
    subtracts = try settings.boolean("subtract_projection", default: true)
    try settings.finish(inert: [:], hint: "this is not done here")
    try check(path: files.path)
  }

  func ownFields() -> [String: JSONValue] {
    common.fields(peftType: LoReFT.fileType).merging(shared) { $1 }
      .merging(["subtract_projection": .boolean(subtracts)]) { $1 }
  }

  /// AdapterHub's layout, which does not say whether the projection is taken away: its library then does so.
  init(hub settings: inout SettingsReader) throws(PEFTFault) {
    try takeShared(&settings)
    settings.ignore(["architecture", "init_weights_seed"])
    try settings.finish(
      inert: ["output_reft": [.boolean(true)], "dtype": [.string("float32")]],
      hint: "this is not done here")
    try check(path: settings.path)
  }

  /// As AdapterHub's library writes them.
  var fields: [String: JSONValue] {
    shared.merging(
      [
        "architecture": .string("reft"), "output_reft": .boolean(true), "dtype": .null,
        "init_weights_seed": .null,
      ]
    ) { $1 }
  }
}
