// The shares of methods in one adapter of AdapterHub: bottlenecks, a prefix, low-rank updates, interventions.
import AdaptGradients
import AdaptModels
import AdaptSystem
import AdaptTensors

/// One method's share of an adapter.
protocol HubPart: Sendable {
  /// What `config` says of it.
  var fields: [String: JSONValue] { get }

  /// What it puts into a model.
  ///
  /// - Throws: `PEFTFault.setting` naming what the model does not have.
  func plan(_ place: HubPlace) throws(PEFTFault) -> HubPlan
}

/// The model and the names that a share is planned for.
struct HubPlace: Sendable {
  let model: ModelOutline
  let names: AdapterHubNames
  /// For initial values.
  let key: RandomKey
}

/// The tensors of a share, before they have values.
struct HubPlan: Sendable {
  var slots: [TensorSlot] = []
  /// Tensors of the file that do not train.
  var fixed: [TensorSlot] = []
  /// Keys that a file holds again, with the key of the tensor that they repeat.
  var echoes: [String: String] = [:]
  /// Puts the trained and the fixed values, in the order of the slots, at the model's sites.
  var put: @Sendable ([Trainable], [Tensor], inout Adapter) -> Void = { _, _, _ in }
}

/// Which share a part of `config` describes.
enum HubKind: Equatable {
  case bottleneck(isDouble: Bool, isParallel: Bool, isHypercomplex: Bool)
  case prefix
  case lora
  case reft
  case other

  init(_ fields: [String: JSONValue]) {
    switch fields["architecture"] {
    case nil, .null:
      self = .bottleneck(
        isDouble: fields["mh_adapter"] == .boolean(true),
        isParallel: fields["is_parallel"] == .boolean(true),
        isHypercomplex: fields["phm_layer"] == .boolean(true))
    case .string("prefix_tuning"): self = .prefix
    case .string("lora"): self = .lora
    case .string("reft"): self = .reft
    default: self = .other
    }
  }

  /// The share with the settings of `reader`.
  func part(_ reader: SettingsReader, _ model: ModelOutline) throws(PEFTFault) -> any HubPart {
    var reader = reader
    switch self {
    case .bottleneck: return try BottleneckConfiguration(&reader, model)
    case .prefix: return try HubPrefixConfiguration(&reader, model)
    case .lora: return try HubLoRAConfiguration(&reader, model)
    case .reft: return try ReFTConfiguration(hub: &reader)
    case .other:
      throw .setting(
        path: reader.path, key: "architecture", wanted: "prefix_tuning, lora, reft or null",
        got: (reader.value("architecture") ?? .null).brief, hint: nil)
    }
  }
}

/// Several shares under one name: an adapter's tensors in one model.
struct HubAssembly: Sendable {
  let method: String
  private let fields: [String: JSONValue]
  private let plans: [HubPlan]
  /// The head of a task, which is new and trains beside every adapter.
  private let head: [ModuleTensor]

  init(
    _ method: String, _ settings: AdapterHubSettings, _ parts: [any HubPart], isUnion: Bool,
    _ model: ModelOutline, key: RandomKey = RandomKey(seed: 0)
  ) throws(PEFTFault) {
    self.method = method
    let names = try AdapterHubNames(settings.name, model)
    var plans: [HubPlan] = []
    for (number, part) in parts.enumerated() {
      var own = key
      own.step = UInt32(number)
      plans.append(try part.plan(HubPlace(model: model, names: names, key: own)))
    }
    self.plans = plans
    var seen = Set<String>()
    for slot in plans.flatMap({ $0.slots + $0.fixed }) where !seen.insert(slot.key).inserted {
      throw .setting(
        path: nil, key: "configs", wanted: "methods at different places",
        got: "two with `\(slot.key.excerpt)`", hint: nil)
    }
    fields = settings.fields(parts.map(\.fields), isUnion: isUnion, model)
    head = model.moduleTensors.filter { $0.isOfTaskHead(of: model) }
  }

  private var slots: [TensorSlot] { plans.flatMap(\.slots) }
  private var allEchoes: [String: String] {
    var echoes: [String: String] = [:]
    for plan in plans { echoes.merge(plan.echoes) { $1 } }
    return echoes
  }
  private var fixed: [TensorSlot] { plans.flatMap(\.fixed) }

  var trainableCount: Int {
    slots.reduce(0) { $0 + $1.shape.reduce(1, *) } + head.reduce(0) { $0 + $1.parameter.count }
  }

  func attached() -> AttachedHub {
    attached(
      slots.map { $0.initial() }, fixed.map { $0.initial() },
      head.map { $0.parameter.tensor.copied })
  }

  /// The adapter that `files` hold; a head that they leave out is the model's.
  func read(_ files: AdapterFiles) throws(PEFTFault) -> AttachedHub {
    var echoes = Set<String>()
    for (again, key) in allEchoes {
      guard let value = files.tensors[again], let first = files.tensors[key] else { continue }
      if value.hasBits(of: first) { echoes.insert(again) }
    }
    let values = try files.take(slots + fixed, others: echoes)
    var heads = head.map { $0.parameter.tensor.copied }
    if !files.head.isEmpty {
      var own = files
      own.tensors = files.head
      heads = try own.take(
        head.map { tensor in
          TensorSlot(key: tensor.name, shape: tensor.parameter.shape) { Tensor([0], []) }
        })
    }
    let count = slots.count
    return attached(Array(values[..<count]), Array(values[count...]), heads)
  }

  private func attached(_ values: [Tensor], _ fixed: [Tensor], _ head: [Tensor]) -> AttachedHub {
    var adapter = Adapter()
    var parameters: [AdapterParameter] = []
    var frozen: [String: Tensor] = [:]
    var (next, nextFixed) = (0, 0)
    for plan in plans {
      let own = zip(plan.slots, values[next...]).map { Trainable($0.key, $1) }
      let rest = Array(fixed[nextFixed..<nextFixed + plan.fixed.count])
      plan.put(own, rest, &adapter)
      parameters += own.map { AdapterParameter(trainable: $0, key: $0.name) }
      for (slot, value) in zip(plan.fixed, rest) { frozen[slot.key] = value }
      next += own.count
      nextFixed += rest.count
    }
    for (tensor, value) in zip(self.head, head) {
      let trainable = Trainable(tensor.name, value)
      adapter.parameters[tensor.parameter.number] = .trainable(trainable)
      parameters.append(AdapterParameter(trainable: trainable, key: tensor.name))
    }
    return AttachedHub(
      method: method, adapter: adapter, parameters: parameters, fields: fields, frozen: frozen,
      echoes: allEchoes,
      heads: Set(self.head.map(\.name)))
  }
}

/// An adapter of AdapterHub on one model.
struct AttachedHub: AttachedAdapter {
  let method: String
  let adapter: Adapter
  let parameters: [AdapterParameter]
  fileprivate let fields: [String: JSONValue]
  fileprivate let frozen: [String: Tensor]
  fileprivate let echoes: [String: String]
  fileprivate let heads: Set<String>

  func merged(into model: ModelOutline) throws(PEFTFault) -> [MergedParameter] {
    throw .notMergeable(
      method: method, reason: "it computes functions of the stream that no weights compute",
      hint: "keep the adapter beside the model")
  }

  func files() throws(PEFTFault) -> AdapterFiles {
    var tensors = storedTensors
    var files = AdapterFiles(configuration: fields, tensors: frozen)
    files.layout = .adapterHub
    for name in heads { files.head[name] = tensors.removeValue(forKey: name) }
    files.tensors.merge(tensors) { $1 }
    for (again, key) in echoes { files.tensors[again] = tensors[key] }
    return files
  }
}
