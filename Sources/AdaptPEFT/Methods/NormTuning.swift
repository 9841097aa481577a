// Tuning of norms (Zhao et al., arXiv:2312.11420), in the files of Python's peft.
package import AdaptGradients
package import AdaptModels
import AdaptSystem
import AdaptTensors

/// Which norms train, and what besides.
package struct NormTuningConfiguration: Sendable, Equatable {
  /// The modules by peft's rules; `.usual` means every norm.
  package var modules = ModuleSelection()
  package var common = CommonSettings()

  package init() {}

  /// - Throws: `PEFTFault.setting` for what has no meaning for norms.
  init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    try settings.finish(inert: [:], hint: "this is not done here")
    guard modules.layers == nil, modules.layerNames.isEmpty else {
      throw .setting(
        path: files.path, key: "layers_to_transform", wanted: "null", got: "layers",
        hint: "name the norms in `target_modules`")
    }
  }

  /// `names` are the ends of the paths of what trains, for files that named nothing.
  func fields(names: [String]) -> [String: JSONValue] {
    var fields = common.fields(peftType: NormTuning.fileType)
    var written = modules
    if written.targets == .usual { written.targets = .some(.names(names)) }
    for key in ["target_modules", "modules_to_save", "exclude_modules"] {
      fields[key] = written.fields[key]
    }
    return fields
  }
}

/// Trains gain and shift of norms: `y = (x - μ) / σ · g + b` with new `g`, `b`, from the model's values.
///
/// A trained copy stands in the place of the model's own parameter, so merging is exact.
package struct NormTuning: PEFTMethod {
  package static let name = "ln-tuning"
  package static let traits = MethodTraits.weights("it trains the model's own norms")
  package static let peftType: String? = fileType
  static let fileType = "LN_TUNING"

  private let configuration: NormTuningConfiguration

  package init(_ configuration: NormTuningConfiguration) throws(PEFTFault) {
    self.configuration = configuration
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    let plan = try NormPlan(configuration, model)
    return plan.attached(plan.slots.map { $0.initial() })
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try NormPlan(configuration, model).slots.reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let plan = try NormPlan(NormTuningConfiguration(files), model, files: files)
    return plan.attached(try files.take(plan.slots, others: plan.whole.echoes(in: files)))
  }
}

/// The tensors of one model that train.
private struct NormPlan {
  let configuration: NormTuningConfiguration
  let norms: [ModuleTensor]
  let whole: WholeModules

  var slots: [TensorSlot] {
    norms.map { tensor in
      let parameter = tensor.parameter
      return TensorSlot(
        key: PEFTKey.tensor(tensor, through: "ln_tuning_layers"), shape: parameter.shape
      ) { parameter.tensor.copied }
    } + whole.slots
  }

  /// Every name of a list must mean something, unless `files` say by their tensors what there is.
  init(
    _ configuration: NormTuningConfiguration, _ model: ModelOutline, files: AdapterFiles? = nil
  ) throws(PEFTFault) {
    self.configuration = configuration
    let path = files?.path
    let all = model.moduleTensors.filter { $0.site == nil }
    var excluded: TargetMatcher?
    if let names = configuration.modules.excluded {
      excluded = try Self.matcher(names, "exclude_modules", path)
    }
    switch configuration.modules.targets {
    case .usual: norms = all.filter { $0.isNorm && excluded?.matches($0.path) != true }
    case .allLinear:
      throw .setting(
        path: path, key: "target_modules", wanted: "norms", got: "all-linear",
        hint: "LoRA adapts dense layers")
    case .some(let names):
      let matcher = try Self.matcher(names, "target_modules", path)
      if files == nil, case .names(let list) = names {
        for name in list
        where !all.contains(where: { TargetMatcher.names([name]).matches($0.path) }) {
          throw Self.unmatched(name, model, all, path)
        }
      }
      norms = all.filter { matcher.matches($0.path) && excluded?.matches($0.path) != true }
    }
    guard !norms.isEmpty else { throw Self.unmatched("target_modules", model, all, path) }
    whole = try WholeModules(
      configuration.modules, task: configuration.common.task, bias: .none, targets: [], in: model,
      path: path)
  }

  private static func matcher(
    _ names: ModuleNames, _ key: String, _ path: String?
  ) throws(PEFTFault) -> TargetMatcher {
    switch names {
    case .names(let names): .names(names)
    case .pattern(let text): .pattern(try ModulePattern(text, key: key, path: path))
    }
  }

  private static func unmatched(
    _ name: String, _ model: ModelOutline, _ all: [ModuleTensor], _ path: String?
  ) -> PEFTFault {
    var seen = Set<String>()
    let ends = all.map(\.end).filter { seen.insert($0).inserted }
    let isDense = model.linears.contains { TargetMatcher.names([name]).matches($0.site.path) }
    return .setting(
      path: path, key: "target_modules", wanted: "norms of the model", got: "`\(name.excerpt)`",
      hint: isDense
        ? "`\(name.excerpt)` is a dense layer, which LoRA adapts"
        : NearestName.hint(for: String(name.prefix(200)), among: ends))
  }

  func attached(_ values: [Tensor]) -> AttachedParameters {
    let trainables = zip(slots, values).map { Trainable($0.key, $1) }
    var adapter = Adapter()
    for (norm, trainable) in zip(norms, trainables) {
      adapter.parameters[norm.parameter.number] = .trainable(trainable)
    }
    whole.put(Array(trainables[norms.count...]), into: &adapter)
    var seen = Set<String>()
    return AttachedParameters(
      method: NormTuning.name, adapter: adapter,
      parameters: trainables.map { AdapterParameter(trainable: $0, key: $0.name) },
      fields: configuration.fields(
        names: norms.map(\.end).filter { seen.insert($0).inserted }))
  }
}

extension ModuleTensor {
  /// The last part of its module's path.
  fileprivate var end: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// Whether its module is a norm, by the names that architectures have for them.
  fileprivate var isNorm: Bool {
    let end = end.lowercased()
    return end.contains("norm") || end.hasPrefix("ln")
  }
}
