// Models whose output head is the embedding table: what changes one place must not change the other unseen.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation
import Testing

struct TiedTests {
  /// The small model without its own head.
  private func model() throws -> Llama {
    let folder = try AdapterFolder()
    let source = GoldenRun.small.modelFolder
    var settings = try #require(
      JSONSerialization.jsonObject(
        with: Data(contentsOf: source.appendingPathComponent("config.json"))) as? [String: Any])
    settings["tie_word_embeddings"] = true
    try JSONSerialization.data(withJSONObject: settings)
      .write(to: folder.url.appendingPathComponent("config.json"))
    let file = try SafetensorsFile(source.appendingPathComponent("model.safetensors"))
    let outputs = try file.tensors.keys.filter { $0 != "lm_head.weight" }
      .map { TensorOutput($0, try file.tensor($0)) }
    try SafetensorsWriter.write(
      outputs, to: folder.url.appendingPathComponent("model.safetensors"))
    return try Llama(folder: folder.url)
  }

  @Test(arguments: ["lm_head", "embed_tokens"])
  func mergingWouldChangeBothAndIsRefused(_ name: String) throws {
    let model = try model()
    var configuration = LoRAConfiguration(rank: 2, alpha: 2, modules: ModuleSelection([name]))
    configuration.initialisation = .random
    let attached = try LoRA(configuration).attach(to: model.outline, key: RandomKey(seed: 1))
    #expect(attached.parameters.count == 2)
    let fault = #expect(throws: PEFTFault.self) { try attached.merged(into: model.outline) }
    guard case .notMergeable("lora", let reason, _) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(reason.contains(name) && reason.contains("embed_tokens.weight"))
  }

  /// A copy that trains stands in one place, as in peft.
  @Test(arguments: ["lm_head", "embed_tokens"])
  func aTrainedCopyLeavesTheOtherPlaceAlone(_ name: String) throws {
    let model = try model()
    var configuration = LoRAConfiguration(rank: 2, alpha: 2, modules: ModuleSelection(["q_proj"]))
    configuration.modules.saved = [name]
    let attached = try LoRA(configuration).attach(to: model.outline, key: RandomKey(seed: 1))
    let copy = try #require(attached.parameters.last)
    #expect(copy.key?.hasSuffix(name + ".weight") == true)
    let base = try LoRAContractTests.logits(model, nil)
    #expect(try LoRAContractTests.logits(model, attached.adapter) == base)
    let doubled = Tensor(copy.trainable.shape, copy.trainable.value.elements.map { 2 * $0 })
    copy.trainable.update(to: doubled)
    let changed = try LoRAContractTests.logits(model, attached.adapter)
    // A head twice as large doubles the logits; a table twice as large is undone by the first norm but not
    // in the stream.
    let isDoubled = difference(changed, base.map { 2 * $0 }) == 0
    #expect(isDoubled == (name == "lm_head"))
    #expect(changed != base)
    let gradients = try LoRAContractTests.gradients(
      model, Pass(.train, adapter: attached.adapter))
    #expect(gradients[copy.trainable.name] != nil)
  }
}
