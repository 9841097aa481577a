package import AdaptGradients
package import AdaptModels
// QLoRA (Dettmers et al., arXiv:2305.14314): LoRA over a base whose dense layers rest in four bits.
package import AdaptSystem
import AdaptTensors

/// The settings of QLoRA: those of LoRA, and how the base rests.
package struct QLoRAConfiguration: SiteConfiguration {
  /// As LoRA's; the paper trains models of 7 to 33 billion parameters at 1e-4 to 2e-4.
  package static let learningRate = 1e-4

  package var lora = LoRAConfiguration()
  /// Weights that share a scale.
  package var block = 64
  /// Whether the scales are rounded to 8 bits themselves, in blocks of 256: 4.13 bits a weight in the place of 4.5.
  package var isDoubled = true

  package init(_ lora: LoRAConfiguration = LoRAConfiguration()) { self.lora = lora }

  package init(_ files: AdapterFiles) throws(PEFTFault) {
    lora = try LoRAConfiguration(files)
  }

  package var vectorRateFactor: Float { lora.vectorRateFactor }
  package var modules: ModuleSelection {
    get { lora.modules }
    set { lora.modules = newValue }
  }
  package var bias: BiasTraining {
    get { lora.bias }
    set { lora.bias = newValue }
  }
  package var common: CommonSettings {
    get { lora.common }
    set { lora.common = newValue }
  }

  /// Those of LoRA: a file does not say how its base rests.
  package func fields() -> [String: JSONValue] { lora.fields() }
}

/// LoRA with every dense layer of the base but the output head held as NF4, from which products take f32 panels.
///
/// The base rests in the adapter (`Adapter.parameters`); the model stays as it is, and need not stay in memory where
/// its weights are mapped. Files are those of LoRA, which `PEFTMethods.read` puts over the base as it is: a reader
/// who wants the base of the training names this method.
package struct QLoRA: SiteMethod {
  package static let name = "qlora"
  package static let traits = MethodTraits.plain
  package static let peftType: String? = nil
  package static let takesTables = true

  package let configuration: QLoRAConfiguration
  private let lora: LoRA

  package init(_ configuration: QLoRAConfiguration) throws(PEFTFault) {
    let blocks = [32, 64, 128, 256, 512, 1024, 2048, 4096]
    guard blocks.contains(configuration.block) else {
      throw .setting(
        path: nil, key: "block", wanted: blocks.map(String.init).joined(separator: ", "),
        got: "\(configuration.block)", hint: "64 is usual; 256 saves scales and rounds coarser")
    }
    if case .pissa(.some) = configuration.lora.initialisation {
      throw .setting(
        path: nil, key: "init_lora_weights", wanted: "\"pissa\" over a base in four bits",
        got: "a random sketch",
        hint: "what a sketch takes is not in the file, and a rounded base cannot take it back")
    }
    lora = try LoRA(configuration.lora)
    self.configuration = configuration
  }

  /// None: the files are LoRA's.
  package static func reads(_ files: AdapterFiles) -> Bool { false }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    try lora.parts(at: sites, in: model, key: key, path: path)
  }

  package func finished(
    _ sites: AttachedSites, in model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    var sites = sites
    let format = WeightFormat.nf4(block: configuration.block, isDoubled: configuration.isDoubled)
    let shared = model.sharedParameters
    for linear in model.linears
    where linear.site != model.head && !shared.contains(linear.weight.number) {
      guard let rounded = try rounded(linear, sites.adapter, format, model) else { continue }
      sites.adapter.parameters[linear.weight.number] = .frozen(rounded)
    }
    return try lora.finished(sites, in: model)
  }

  /// The weight that holds, at rest in `format`; nil where it is trained or rests in few bits already.
  private func rounded(
    _ linear: Linear, _ adapter: Adapter, _ format: WeightFormat, _ model: ModelOutline
  ) throws(PEFTFault) -> WeightStorage? {
    let weight: any WeightMatrix
    switch adapter.parameters[linear.weight.number] {
    case .trainable: return nil
    case .frozen(let own):
      if let storage = own as? WeightStorage, storage.tensor == nil { return nil }
      weight = own
    case nil: weight = linear.weight.weight
    }
    do throws(WeightFault) {
      return try WeightStorage(weight.expanded, as: format)
    } catch {
      throw .notFinite(path: model.path, name: linear.weight.name)
    }
  }
}
