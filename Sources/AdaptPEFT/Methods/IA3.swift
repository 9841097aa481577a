// (IA)³ (Liu et al., arXiv:2205.05638): trained vectors rescale what keys, values and the feed-forward part hold.
package import AdaptGradients
package import AdaptModels
package import AdaptSystem
import AdaptTensors

/// The settings of (IA)³.
package struct IA3Configuration: SiteConfiguration {
  /// At peft's usual 1e-3 its runs reached 40 percent, at 5e-3 on all of attention 45 (MetaMathQA, Llama-3.2-3B).
  package static let learningRate = 5e-3

  package var modules = ModuleSelection()
  /// Targets whose input is rescaled in the place of their output; nil means those usual for the architecture.
  package var feedForward: ModuleNames?
  /// Begins at normal numbers in the place of 1: for tests of what an adapter does.
  package var isRandom = false
  package var bias: BiasTraining = .none
  package var common = CommonSettings()

  package init(modules: ModuleSelection = ModuleSelection()) { self.modules = modules }

  package init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    if settings.value("feedforward_modules") != nil {
      feedForward = try settings.moduleNames("feedforward_modules") ?? .names([])
    }
    isRandom = try !settings.boolean("init_ia3_weights", default: true)
    _ = try settings.boolean(SiteLayout.key, default: false)
    try settings.finish(
      inert: [:], hint: "this is not done here; merge the adapter with Python's peft")
  }

  package func fields() -> [String: JSONValue] {
    var fields = fields(
      peftType: IA3.fileType,
      [
        "feedforward_modules": feedForward?.value ?? .null,
        "init_ia3_weights": .boolean(!isRandom),
      ])
    // Peft's settings of (IA)³ have no choice of layers.
    for key in ["layers_to_transform", "layers_pattern"] where fields[key]?.isNull == true {
      fields[key] = nil
    }
    return fields
  }
}

/// `y = l ⊙ (W x + b)` at keys and values, `y = W (l ⊙ x) + b` at the output of the feed-forward part; l begins at 1.
package struct IA3: SiteMethod {
  package static let name = "ia3"
  package static let traits = MethodTraits.weights("it rescales channels")
  package static let peftType: String? = fileType
  static let fileType = "IA3"

  package let configuration: IA3Configuration

  package init(_ configuration: IA3Configuration) throws(PEFTFault) {
    self.configuration = configuration
  }

  package func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts {
    let inner = try feedForward(model, path)
    let isRandom = configuration.isRandom
    return SiteParts(
      parts: sites.linears.map { linear in
        let isInput = inner.matches(linear.site.path)
        let shape = isInput ? [1, linear.inputs] : [linear.outputs, 1]
        let slot = TensorSlot(key: PEFTKey.at(linear.site, "ia3_l"), shape: shape) {
          isRandom
            ? key.stream(linear.site, 0).normal(shape, deviation: 1)
            : Tensor(filling: shape, with: 1)
        }
        return SitePart(site: linear.site, slots: [slot]) { own, _, adapter in
          adapter.linears[linear.site.number] = IA3Linear(factors: own[0], isInput: isInput)
        }
      })
  }

  package func resolved(for model: ModelOutline) throws(PEFTFault) -> IA3 {
    var named = configuration.naming(Self.usualTargets[model.architecture])
    if configuration.modules.targets == .usual {
      named.feedForward = .names(Self.usualFeedForward[model.architecture] ?? [])
    }
    return try IA3(named)
  }

  private func feedForward(
    _ model: ModelOutline, _ path: String?
  ) throws(PEFTFault) -> TargetMatcher {
    let usual = ModuleNames.names(Self.usualFeedForward[model.architecture] ?? [])
    switch configuration.feedForward ?? usual {
    case .names(let names):
      if case .some(.names(let targets)) = configuration.modules.targets,
        configuration.feedForward != nil,
        let stray = names.first(where: { !targets.contains($0) })
      {
        throw .setting(
          path: path, key: "feedforward_modules", wanted: "some of `target_modules`",
          got: "`\(stray.excerpt)`", hint: "its targets: " + targets.joined(separator: ", "))
      }
      return .names(names)
    case .pattern(let text):
      return .pattern(try ModulePattern(text, key: "feedforward_modules", path: path))
    }
  }

  package static let usualTargets: [String: [String]] = [
    "llama": ["k_proj", "v_proj", "down_proj"], "mistral": ["k_proj", "v_proj", "down_proj"],
    "qwen2": ["q_proj", "v_proj", "down_proj"], "qwen3": ["q_proj", "v_proj", "down_proj"],
    "gemma": ["q_proj", "v_proj", "down_proj"], "gemma2": ["q_proj", "v_proj", "down_proj"],
    "gemma3_text": ["q_proj", "v_proj", "down_proj"], "phi": ["q_proj", "v_proj", "fc2"],
    "gpt2": ["c_attn", "mlp.c_proj"], "gpt_neox": ["query_key_value", "dense_4h_to_h"],
    "bert": ["key", "value", "output.dense"], "roberta": ["key", "value", "output.dense"],
  ]

  static let usualFeedForward: [String: [String]] = [
    "llama": ["down_proj"], "mistral": ["down_proj"], "qwen2": ["down_proj"],
    "qwen3": ["down_proj"], "gemma": ["down_proj"], "gemma2": ["down_proj"],
    "gemma3_text": ["down_proj"], "phi": ["fc2"], "gpt2": ["mlp.c_proj"],
    "gpt_neox": ["dense_4h_to_h"], "bert": ["output.dense"], "roberta": ["output.dense"],
  ]
}

/// Rescales the output, or the input, of a dense layer.
struct IA3Linear: LinearAdapter {
  /// `[out, 1]`, or `[1, in]`.
  let factors: Trainable
  let isInput: Bool

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    let l = Variable(factors)
    let row = l.reshaped([l.value.count])
    return isInput ? base(x * row) : base(x) * row
  }

  func merged(into base: BaseLinear) -> MergedLinear? {
    let (l, weight, isInput) = (factors.value, base.weightSource, isInput)
    var merged = MergedLinear(weight: {
      isInput ? weight().scalingColumns(by: l) : weight().scalingRows(by: l)
    })
    if !isInput, let bias = base.bias?.source {
      merged.bias = {
        let bias = bias()
        return bias.reshaped([bias.count, 1]).scalingRows(by: l)
      }
    }
    return merged
  }
}
