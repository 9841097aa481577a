// One small adapter of each method that stands beside LoRA, for what must hold of all of them.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors

/// The models that samples are put on.
enum SampleModel: String, Sendable {
  case llama
  case bert = "bert_cls"

  private var run: GoldenRun { self == .llama ? .small : .biases }

  func open() throws -> any GoldenModel { try run.open() }

  func batches() throws -> GoldenBatches { try run.batches() }

  var task: AdapterTask { self == .llama ? .causalLanguageModel : .sequenceClassification }
}

/// A method with settings.
struct AdapterSample: Sendable, CustomStringConvertible {
  let name: String
  let model: SampleModel
  /// Whether a new adapter leaves the model as it is.
  var beginsAsBase = false
  /// Whether tokens read one by one meet the same adapter as all at once.
  var isCausal = true
  /// Whether what is read from its files has the tensors that trained.
  var keepsEncoder = true
  let make: @Sendable () throws -> any PEFTMethod

  var description: String { name + " on " + model.rawValue }

  func attach(to outline: ModelOutline, seed: UInt64 = 3) throws -> any AttachedAdapter {
    try make().attach(to: outline, key: RandomKey(seed: seed))
  }

  /// The same with every value moved: nothing is left at a constant.
  func moved(on outline: ModelOutline, by share: Float = 0.05) throws -> any AttachedAdapter {
    let attached = try attach(to: outline)
    for (number, parameter) in attached.parameters.enumerated() {
      let trainable = parameter.trainable
      let noise = RandomKey(seed: 77, site: UInt16(number)).normal(
        trainable.shape, deviation: share)
      trainable.update(
        to: Tensor(trainable.shape, zip(trainable.value.elements, noise.elements).map { $0 + $1 }))
    }
    return attached
  }

  static let all: [AdapterSample] = own + prompts + bottlenecks + mixed + interventions

  private static let own: [AdapterSample] = [
    AdapterSample(name: "full", model: .llama, beginsAsBase: true) {
      try FullFineTuning(OwnParametersConfiguration())
    },
    AdapterSample(name: "bitfit", model: .bert, beginsAsBase: true) {
      try BitFit(OwnParametersConfiguration())
    },
    AdapterSample(name: "norms", model: .llama, beginsAsBase: true) {
      try NormTuning(NormTuningConfiguration())
    },
    AdapterSample(name: "norms and head", model: .bert, beginsAsBase: true) {
      var configuration = NormTuningConfiguration()
      configuration.common.task = .sequenceClassification
      return try NormTuning(configuration)
    },
  ]

  private static func prompt(_ model: SampleModel) -> PromptSettings {
    var prompt = PromptSettings()
    prompt.tokens = 3
    prompt.common.task = model.task
    return prompt
  }

  private static let prompts: [AdapterSample] = [SampleModel.llama, .bert].flatMap { model in
    let prompt = prompt(model)
    return [
      AdapterSample(name: "prompt", model: model) {
        var configuration = PromptTuningConfiguration()
        configuration.prompt = prompt
        return try PromptTuning(configuration)
      },
      AdapterSample(name: "p-tuning, dense", model: model, keepsEncoder: false) {
        var configuration = PTuningConfiguration()
        (configuration.prompt, configuration.hidden) = (prompt, 6)
        return try PTuning(configuration)
      },
      AdapterSample(name: "p-tuning, recurrent", model: model, keepsEncoder: false) {
        var configuration = PTuningConfiguration()
        (configuration.prompt, configuration.hidden) = (prompt, 5)
        configuration.network = .recurrent
        return try PTuning(configuration)
      },
      AdapterSample(name: "prefix", model: model) {
        var configuration = PrefixConfiguration()
        (configuration.prompt, configuration.initialisation) = (prompt, .random)
        return model == .bert ? try PTuningV2(configuration) : try PrefixTuning(configuration)
      },
      AdapterSample(name: "prefix, projected", model: model, keepsEncoder: false) {
        var configuration = PrefixConfiguration()
        (configuration.prompt, configuration.isProjected, configuration.hidden) = (prompt, true, 7)
        return try PrefixTuning(configuration)
      },
    ]
  }

  private static func bottleneck(
    _ start: BottleneckConfiguration
  ) -> BottleneckMethodConfiguration {
    var configuration = BottleneckMethodConfiguration(start)
    configuration.bottleneck.reduction = 16
    return configuration
  }

  private static let bottlenecks: [AdapterSample] = [SampleModel.llama, .bert].flatMap { model in
    [
      AdapterSample(name: "houlsby", model: model, beginsAsBase: true) {
        try Houlsby(bottleneck(.houlsby))
      },
      AdapterSample(name: "pfeiffer", model: model, beginsAsBase: true) {
        try Pfeiffer(bottleneck(.pfeiffer))
      },
      AdapterSample(name: "parallel, learned scale", model: model, beginsAsBase: true) {
        var configuration = bottleneck(.parallel)
        (configuration.bottleneck.scaling, configuration.bottleneck.nonlinearity) = (
          .learned, .gelu
        )
        return try ParallelAdapter(configuration)
      },
      AdapterSample(name: "pfeiffer, channels", model: model, beginsAsBase: true) {
        var configuration = bottleneck(.pfeiffer)
        (configuration.bottleneck.scaling, configuration.bottleneck.leftOut) = (.channels, [0])
        configuration.bottleneck.nonlinearity = .tanh
        return try Pfeiffer(configuration)
      },
      AdapterSample(name: "compacter", model: model) {
        var configuration = bottleneck(.compacter)
        configuration.bottleneck.reduction = 8
        configuration.bottleneck.hypercomplex?.products = 2
        configuration.bottleneck.hypercomplex?.deviation = 0.5
        return try Compacter(configuration)
      },
    ]
  }

  private static let mixed: [AdapterSample] = [SampleModel.llama, .bert].flatMap { model in
    [
      AdapterSample(name: "prefix of adapterhub", model: model) {
        var configuration = HubPrefixMethodConfiguration()
        (configuration.prefix.tokens, configuration.prefix.bottleneck) = (3, 5)
        return try HubPrefixTuning(configuration)
      },
      AdapterSample(name: "flat prefix of adapterhub", model: model) {
        var configuration = HubPrefixMethodConfiguration()
        (configuration.prefix.tokens, configuration.prefix.isFlat) = (3, true)
        return try HubPrefixTuning(configuration)
      },
      AdapterSample(name: "mam", model: model) {
        var configuration = MAMConfiguration()
        (configuration.prefix.tokens, configuration.prefix.bottleneck) = (3, 5)
        configuration.bottleneck.reduction = 16
        return try MAM(configuration)
      },
      AdapterSample(name: "unipelt", model: model, isCausal: false) {
        var configuration = UniPELTConfiguration()
        (configuration.prefix.tokens, configuration.prefix.bottleneck) = (3, 5)
        configuration.prefix.hasSharedGate = false
        configuration.lora.rank = 2
        return try UniPELT(configuration)
      },
    ]
  }

  private static let interventions: [AdapterSample] = [SampleModel.llama, .bert].flatMap { model in
    var configuration = ReFTConfiguration()
    (configuration.rank, configuration.first, configuration.last) = (3, 2, 1)
    configuration.common.task = model.task
    let whole = configuration
    (configuration.isTied, configuration.layers) = (true, [0])
    let tied = configuration
    var direct = ReFTConfiguration.direct
    (direct.rank, direct.first, direct.last) = (3, 2, 0)
    let free = direct
    return [
      AdapterSample(name: "loreft", model: model, isCausal: false) { try LoReFT(whole) },
      AdapterSample(name: "loreft, tied", model: model, isCausal: false) { try LoReFT(tied) },
      AdapterSample(name: "direft", model: model, isCausal: false) { try DiReFT(free) },
    ]
  }
}
