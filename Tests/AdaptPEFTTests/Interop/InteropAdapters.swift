// Adapters with our outputs, for `Fixtures/check_interop.py`, which loads them into Python's peft and into llama.cpp.
// Written only where `INTEROP` names a folder.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation
import Testing

struct InteropAdapters {
  static let tokens: [Int32] = [3, 1, 4, 1, 5, 9]

  @Test(arguments: TestModel.names + ["mistral", "qwen3", "gemma2", "phi3"])
  func writes(_ name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["INTEROP"] else { return }
    let root = URL(fileURLWithPath: folder).appendingPathComponent(name)
    let model = try TestModel.open(name)
    for sample in MethodSample.all where !sample.hasOwnBase && Self.isUsual(name, sample) {
      try write(try model.attach(sample), sample.name, model, root)
    }
    guard TestModel.names.contains(name) else { return }
    let own: SampleModel = name == "bert_cls" ? .bert : .llama
    for sample in AdapterSample.all where sample.model == own {
      let method = try sample.make()
      guard type(of: method).peftType != nil else { continue }
      try write(try sample.moved(on: model.outline), sample.name, model, root)
    }
  }

  /// Families beside the four have LoRA, whose files name modules of their own.
  private static func isUsual(_ name: String, _ sample: MethodSample) -> Bool {
    TestModel.names.contains(name) || sample.name == "lora, all linear, rank stabilised"
  }

  private func write(
    _ attached: any AttachedAdapter, _ name: String, _ model: TestModel, _ root: URL
  ) throws {
    let folder = root.appendingPathComponent(
      name.replacing(", ", with: "-").replacing(" ", with: "-"))
    let files = try attached.files()
    try files.write(to: folder)
    let pass = Pass(.prefill, adapter: attached.adapter)
    let outputs = try withoutRecording {
      try model.model.outputs(TokenBatch([Self.tokens]), in: pass)
    }
    let all = try #require(outputs["logits"])
    // Rows of virtual tokens stand before those of each sequence; a classifier has a row a sequence.
    let (sequences, tokens) = model.model is SmallTalker ? (2, 8) : (1, Self.tokens.count)
    let virtual = max(0, (all.count - tokens) / sequences)
    let rows = Array(all.dropFirst(virtual).prefix(Self.tokens.count))
    try SafetensorsWriter.write(
      [
        TensorOutput("logits", Tensor([rows.count, rows[0].count], rows.flatMap { $0 })),
        TensorOutput("tokens", shape: [Self.tokens.count], integers: Self.tokens.map { Int($0) }),
      ], to: folder.appendingPathComponent("ours.safetensors"))
    guard model.name != "bert_cls", let adapter = try? GGUFAdapter(files, for: model.outline) else {
      return
    }
    try adapter.write(to: folder.appendingPathComponent("adapter.gguf"))
  }
}
