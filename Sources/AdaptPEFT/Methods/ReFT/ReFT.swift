package import AdaptGradients
package import AdaptModels
// Representation fine-tuning (Wu et al., arXiv:2404.03592): a few rows of the stream are changed, no weights.
import AdaptSystem
import AdaptTensors

/// Low-rank linear interventions: `h ← h + (W h + b - R h) R` at the first f and last l tokens of the prompt.
///
/// R `[r, D]` has orthonormal rows. With `W = R`, `b = 0` it is the model itself; it does not begin so.
///
/// Files of our own: `adapter_config.json` with `peft_type` REFT, `r`, `prefix_positions` (f), `suffix_positions`
/// (l), `tied_weights`, `orthogonality`, `subtract_projection`, `dropout`, `non_linearity` and `layers` ("all" or
/// numbers); `adapter_model.safetensors` with, for layer I and PART `first`, `last` or `tied`,
/// `layers.I.PART.learned_source.weight [r, D]`, `.bias [r]` and `layers.I.PART.projection [r, D]`: R itself, or
/// where it is orthogonal the reflections that `Rotation` describes. The head of a task stands there under its own
/// names. AdapterHub's files are read too and stay in their layout.
package struct LoReFT: PEFTMethod {
  package static let name = "loreft"
  package static let traits = MethodTraits.intervention
  package static let peftType: String? = nil
  static let fileType = "REFT"

  private let configuration: ReFTConfiguration

  package init(_ configuration: ReFTConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  package static func reads(_ files: AdapterFiles) -> Bool {
    if files.layout == .adapterHub { return HubReFT.reads(files) }
    return files.type == fileType && files.configuration["subtract_projection"] != .boolean(false)
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try ReFTAssembly(Self.name, configuration, model, key: key).attached()
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try ReFTAssembly(Self.name, configuration, model).trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    if files.layout == .adapterHub { return try HubReFT.read(files, for: model) }
    return try ReFTAssembly(name, ReFTConfiguration(files), model, path: files.path).read(files)
  }
}

/// Direct interventions: `h ← h + (W h + b) R` with R free; nothing is taken away.
///
/// Its files are LoReFT's with `subtract_projection` false.
package struct DiReFT: PEFTMethod {
  package static let name = "direft"
  package static let traits = MethodTraits.intervention
  package static let peftType: String? = nil

  private let configuration: ReFTConfiguration

  package init(_ configuration: ReFTConfiguration) throws(PEFTFault) {
    var configuration = configuration
    configuration.subtracts = false
    try configuration.check()
    self.configuration = configuration
  }

  package static func reads(_ files: AdapterFiles) -> Bool {
    files.layout == .peft && files.type == LoReFT.fileType
      && files.configuration["subtract_projection"] == .boolean(false)
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try ReFTAssembly(Self.name, configuration, model, key: key).attached()
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try ReFTAssembly(Self.name, configuration, model).trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    try ReFTAssembly(name, ReFTConfiguration(files), model, path: files.path).read(files)
  }
}

/// The layout of AdapterHub, which `LoReFT` reads and writes back.
private struct HubReFT: AdapterHubMethod {
  static let name = LoReFT.name
  static let traits = LoReFT.traits
  private let configuration: ReFTConfiguration

  init(_ configuration: ReFTConfiguration) throws(PEFTFault) { self.configuration = configuration }

  static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool {
    !isUnion && parts.map { HubKind($0) } == [.reft]
  }

  func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter {
    try HubAdapter(Self.name, "adapt", [configuration], model, key: key)
  }
}

/// Interventions in files of our own, before they have values.
private struct ReFTAssembly {
  let method: String
  let fields: [String: JSONValue]
  let plan: HubPlan
  let head: [ModuleTensor]

  init(
    _ method: String, _ configuration: ReFTConfiguration, _ model: ModelOutline,
    key: RandomKey = RandomKey(seed: 0), path: String? = nil
  ) throws(PEFTFault) {
    self.method = method
    fields = configuration.ownFields()
    plan = try configuration.ownPlan(model, key, path: path)
    head = model.moduleTensors.filter { $0.isOfTaskHead(of: model) }
  }

  var slots: [TensorSlot] {
    plan.slots
      + head.map { tensor in
        TensorSlot(key: tensor.name, shape: tensor.parameter.shape) {
          tensor.parameter.tensor.copied
        }
      }
  }

  var trainableCount: Int { slots.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  func attached() -> AttachedReFT { attached(slots.map { $0.initial() }) }

  func read(_ files: AdapterFiles) throws(PEFTFault) -> AttachedReFT {
    attached(try files.take(slots))
  }

  private func attached(_ values: [Tensor]) -> AttachedReFT {
    let trainables = zip(slots, values).map { Trainable($0.key, $1) }
    let count = plan.slots.count
    var adapter = Adapter()
    plan.put(Array(trainables[..<count]), [], &adapter)
    for (tensor, trainable) in zip(head, trainables[count...]) {
      adapter.parameters[tensor.parameter.number] = .trainable(trainable)
    }
    return AttachedReFT(
      method: method, adapter: adapter,
      parameters: trainables.map { AdapterParameter(trainable: $0, key: $0.name) },
      fields: fields)
  }
}

/// Interventions with their values, in files of our own.
private struct AttachedReFT: AttachedAdapter {
  let method: String
  let adapter: Adapter
  let parameters: [AdapterParameter]
  let fields: [String: JSONValue]

  func merged(into model: ModelOutline) throws(PEFTFault) -> [MergedParameter] {
    throw .notMergeable(
      method: method, reason: "it changes some rows of the stream, which no weights do",
      hint: "keep the adapter beside the model")
  }

  func files() throws(PEFTFault) -> AdapterFiles {
    AdapterFiles(configuration: fields, tensors: storedTensors)
  }
}
