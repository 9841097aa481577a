// Methods that train the model's own parameters: which ones, and where there are none.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import Testing

struct OwnParametersTests {
  @Test func fullTakesEveryParameterOnce() throws {
    let outline = StubModel.llama(
      layers: 2, width: 8, keys: 4, feedForward: 12, vocabulary: 20, isTied: true)
    let full = try FullFineTuning(OwnParametersConfiguration())
    #expect(try full.trainableCount(in: outline) == outline.parameterCount)
  }

  @Test func bitFitTakesBiasesAndTheHead() throws {
    let model = try GoldenRun.biases.open()
    let attached = try BitFit(OwnParametersConfiguration())
      .attach(to: model.outline, key: RandomKey(seed: 0))
    let keys = attached.parameters.compactMap(\.key)
    #expect(keys.contains("classifier.weight") && keys.contains("classifier.bias"))
    #expect(keys.filter { !$0.hasSuffix(".bias") } == ["classifier.weight"])
    let biases = model.outline.parameters.map(\.name).filter { $0.hasSuffix(".bias") }
    #expect(Set(keys) == Set(biases + ["classifier.weight"]))
  }

  /// The biases of BERT-base: 102,912 numbers without a head.
  @Test func bitFitOfBertBase() throws {
    let outline = StubModel.bertBase()
    let own = try BitFit(OwnParametersConfiguration()).trainableCount(in: outline)
    #expect(own == 102_912)
  }

  @Test func bitFitSaysWhatToDoWithoutBiases() throws {
    let outline = StubModel.llama(
      layers: 1, width: 8, keys: 4, feedForward: 12, vocabulary: 20, isTied: false)
    do throws(PEFTFault) {
      _ = try BitFit(OwnParametersConfiguration()).attach(to: outline, key: RandomKey(seed: 0))
      Issue.record("there are no biases")
    } catch {
      let hint = error.diagnosis.hint ?? ""
      #expect(["ln-tuning", "ia3", "LoRA"].allSatisfy { hint.contains($0) })
      #expect(error.diagnosis.got?.contains("llama") == true)
    }
  }

  @Test func normsAreFoundByName() throws {
    let outline = StubModel.bert(layers: 2)
    var configuration = NormTuningConfiguration()
    func keys() throws -> [String] {
      try NormTuning(configuration).attach(to: outline, key: RandomKey(seed: 0)).parameters
        .compactMap(\.key)
    }
    #expect(try keys().count == 6)
    #expect(try keys().allSatisfy { $0.contains(".LayerNorm.ln_tuning_layers.") })
    configuration.modules.targets = .some(.pattern(".*layer\\.1\\..*LayerNorm"))
    #expect(try keys().count == 2)
    configuration.modules.targets = .some(.names(["LayerNorm"]))
    configuration.modules.excluded = .names(["embeddings.LayerNorm"])
    #expect(try keys().count == 4)
    for (names, hint) in [(["LayerNrm"], "LayerNorm"), (["query"], "dense layer")] {
      configuration.modules.targets = .some(.names(names))
      do {
        _ = try keys()
        Issue.record("\(names) means something")
      } catch let fault as PEFTFault {
        #expect(fault.diagnosis.hint?.contains(hint) == true)
      }
    }
  }
}

extension StubModel {
  /// The modules of BERT-base with its pooler, without a head.
  static func bertBase() -> ModelOutline {
    var model = StubModel(architecture: "bert", layers: 12, width: 768)
    model.table("bert.embeddings.word_embeddings", 30_522, 768)
    model.vector("bert.embeddings.LayerNorm.weight", 768)
    model.vector("bert.embeddings.LayerNorm.bias", 768)
    for layer in 0..<12 {
      let name = "bert.encoder.layer.\(layer)."
      for (part, input, output) in [
        ("attention.self.query", 768, 768), ("attention.self.key", 768, 768),
        ("attention.self.value", 768, 768), ("attention.output.dense", 768, 768),
        ("intermediate.dense", 768, 3072), ("output.dense", 3072, 768),
      ] {
        model.linear(name + part, input, output, layer: layer, hasBias: true)
      }
      for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
        model.vector(name + norm + ".weight", 768)
        model.vector(name + norm + ".bias", 768)
      }
    }
    model.linear("bert.pooler.dense", 768, 768, hasBias: true)
    return model.outline
  }
}
