// What must hold of every method beside LoRA, over small adapters of all of them.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import AdaptTestSupport
import AdaptTraining
import Foundation
import Testing

struct SampleTests {
  static func outputs(
    _ model: any GoldenModel, _ batch: TokenBatch, _ adapter: Adapter?
  ) throws -> [Float] {
    try withoutRecording {
      try model.outputs(batch, in: Pass(adapter: adapter)).values.flatMap { $0.flatMap { $0 } }
    }
  }

  static func gradients(
    _ sample: AdapterSample, _ model: any GoldenModel, _ adapter: Adapter,
    isCheckpointed: Bool = false
  ) throws -> (loss: Float, gradients: Gradients) {
    var pass = Pass(.train, adapter: adapter)
    pass.isCheckpointed = isCheckpointed
    return try model.gradients(sample.model.batches(), 0, in: pass)
  }

  @Test(arguments: AdapterSample.all) func beginsAsItSays(_ sample: AdapterSample) throws {
    let model = try sample.model.open()
    let batch = try sample.model.batches().tokens(0)
    let attached = try sample.attach(to: model.outline)
    let same =
      try Self.outputs(model, batch, attached.adapter) == Self.outputs(model, batch, nil)
    #expect(same == sample.beginsAsBase)
    #expect(attached.trainableCount == (try sample.make().trainableCount(in: model.outline)))
    let again = try sample.attach(to: model.outline)
    #expect(
      again.parameters.map(\.trainable.value.elements)
        == attached.parameters.map(\.trainable.value.elements))
  }

  /// The gradient of every trained tensor against central differences of the loss.
  @Test(arguments: AdapterSample.all) func gradientsEqualDifferences(_ sample: AdapterSample) throws
  {
    let model = try sample.model.open()
    let attached = try sample.moved(on: model.outline)
    let (_, gradients) = try Self.gradients(sample, model, attached.adapter)
    let batches = try sample.model.batches()
    for parameter in attached.parameters {
      let trainable = parameter.trainable
      let gradient = try #require(gradients[trainable]).elements
      let start = trainable.value
      // The place with the steepest slope: others would only show that zero is zero.
      let place = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      let losses = try [Float(0.004), -0.004].map { step in
        var moved = start.elements
        moved[place] += step
        trainable.update(to: Tensor(start.shape, moved))
        return try withoutRecording {
          try model.loss(batches, 0, in: Pass(.train, adapter: attached.adapter)).value.elements[0]
        }
      }
      trainable.update(to: start)
      let slope = (losses[0] - losses[1]) / 0.008
      // f32 losses near 8 are known to 5e-7, the slope to 1e-4 of it; kinks and curvature add to that.
      #expect(
        abs(slope - gradient[place]) < 2e-4 + 2e-2 * abs(gradient[place]), "\(trainable.name)")
    }
  }

  @Test(arguments: AdapterSample.all) func checkpointsChangeNoGradient(_ sample: AdapterSample)
    throws
  {
    let model = try sample.model.open()
    let attached = try sample.moved(on: model.outline)
    let kept = try Self.gradients(sample, model, attached.adapter).gradients
    let again = try Self.gradients(sample, model, attached.adapter, isCheckpointed: true).gradients
    for parameter in attached.parameters {
      // Sums of the same terms, in another order where a value is shared by the layers.
      let (a, b) = (kept[parameter.trainable]?.elements, again[parameter.trainable]?.elements)
      #expect(difference(a ?? [], b ?? [.nan]) < 1e-6, "\(parameter.trainable.name)")
    }
  }

  @Test(arguments: AdapterSample.all) func trainingLeavesTheBaseAlone(_ sample: AdapterSample)
    throws
  {
    let model = try sample.model.open()
    let batch = try sample.model.batches().tokens(0)
    let weights = model.outline.parameters.map(\.tensor.elements)
    let base = try Self.outputs(model, batch, nil)
    let attached = try sample.attach(to: model.outline)
    let start = attached.parameters.map(\.trainable.value.elements)
    let optimiser = AdamW(AdamW.Settings())
    var reached = Set<String>()
    for step in 0..<3 {
      let (_, gradients) = try Self.gradients(sample, model, attached.adapter)
      for trainable in attached.parameters.map(\.trainable)
      where gradients[trainable]?.elements.contains(where: { $0 != 0 }) == true {
        reached.insert(trainable.name)
      }
      optimiser.step(attached.parameters.map(\.trainable), gradients) { _ in 1e-2 }
      attached.afterStep(step) { gradients[$0] }
    }
    // Rows behind the last layer that no label hangs on teach nothing.
    #expect(reached.count * 4 >= attached.parameters.count)
    for (parameter, start) in zip(attached.parameters, start)
    where reached.contains(parameter.trainable.name) {
      #expect(parameter.trainable.value.elements != start, "\(parameter.trainable.name)")
    }
    #expect(model.outline.parameters.map(\.tensor.elements) == weights)
    #expect(try Self.outputs(model, batch, nil) == base)
    #expect(try Self.outputs(model, batch, attached.adapter) != base)
  }

  @Test(arguments: AdapterSample.all) func savedAndReadIsBitEqual(_ sample: AdapterSample) throws {
    let model = try sample.model.open()
    let batch = try sample.model.batches().tokens(1)
    let attached = try sample.moved(on: model.outline)
    let folder = try TemporaryFolder()
    let urls = ["a", "b"].map { URL(fileURLWithPath: folder.path($0)) }
    try attached.files().write(to: urls[0])
    let read = try PEFTMethods.read(urls[0], for: model.outline)
    #expect(read.method == attached.method)
    if sample.keepsEncoder {
      #expect(read.parameters.map(\.key) == attached.parameters.map(\.key))
      #expect(
        read.parameters.map(\.trainable.value.elements)
          == attached.parameters.map(\.trainable.value.elements))
    }
    #expect(
      try Self.outputs(model, batch, read.adapter) == Self.outputs(model, batch, attached.adapter))
    try read.files().write(to: urls[1])
    for name in try FileManager.default.contentsOfDirectory(atPath: urls[0].path) {
      #expect(
        try Data(contentsOf: urls[0].appendingPathComponent(name))
          == Data(contentsOf: urls[1].appendingPathComponent(name)), "\(name)")
    }
  }

  @Test(arguments: AdapterSample.all) func mergesOrSaysWhyNot(_ sample: AdapterSample) throws {
    let model = try sample.model.open()
    let batch = try sample.model.batches().tokens(0)
    let attached = try sample.moved(on: model.outline)
    let unmerged = try Self.outputs(model, batch, attached.adapter)
    do {
      let merged = try attached.merged(into: model.outline)
      #expect(difference(try Self.outputs(model, batch, Adapter(merged)), unmerged) < 5e-5)
    } catch let fault as PEFTFault {
      guard case .notMergeable(let method, let reason, let hint) = fault else { throw fault }
      #expect(method == attached.method && !reason.isEmpty && !hint.isEmpty)
    }
  }

  @Test(arguments: AdapterSample.all) func spoiledFilesAreNamed(_ sample: AdapterSample) throws {
    let outline = try sample.model.open().outline
    let files = try sample.attach(to: outline).files()
    let name = try #require(files.tensors.keys.sorted().first)
    func fault(_ spoil: (inout AdapterFiles) -> Void) -> PEFTFault? {
      var files = files
      spoil(&files)
      do throws(PEFTFault) {
        _ = try PEFTMethods.method(of: files).read(files, for: outline)
        return nil
      } catch {
        return error
      }
    }
    guard case .missingTensor(_, name, _) = fault({ $0.tensors[name] = nil }) else {
      Issue.record("a missing tensor is not named")
      return
    }
    guard case .surplusTensors(_, ["x"], _) = fault({ $0.tensors["x"] = Tensor([1], [0]) }) else {
      Issue.record("a surplus tensor is not named")
      return
    }
    guard
      case .shape(_, name, _, [2, 9], _) = fault({
        $0.tensors[name] = Tensor([2, 9], [Float](repeating: 0, count: 18))
      })
    else {
      Issue.record("a shape is not named")
      return
    }
    guard case .setting(_, let key, _, _, _) = fault({ $0.configuration["surprise"] = .integer(1) })
    else {
      Issue.record("an unknown key is not named")
      return
    }
    #expect(key == "surprise")
    var broken = files
    broken.tensors[name] = Tensor([1], [.nan])
    let folder = try TemporaryFolder()
    #expect(throws: PEFTFault.notFinite(path: folder.path, name: name)) {
      try broken.write(to: URL(fileURLWithPath: folder.path))
    }
  }

  /// Tokens one by one over a cache give what all at once give.
  @Test(arguments: AdapterSample.all.filter { $0.model == .llama && $0.isCausal })
  func cachedEqualsUncached(_ sample: AdapterSample) throws {
    let model = try Llama(folder: GoldenRun.small.modelFolder)
    let attached = try sample.moved(on: model.outline)
    let tokens: [[Int32]] = [[1, 50, 9, 2, 111, 33], [8, 80, 220, 7, 5, 6]]
    let whole = try logits(model, TokenBatch(tokens), Pass(adapter: attached.adapter))
    var pass = Pass(.prefill, adapter: attached.adapter)
    pass.cache = GrowingCache()
    var last = try logits(model, TokenBatch(tokens.map { Array($0.prefix(3)) }), pass)
    for place in 3..<6 {
      pass.phase = .decode
      last = try logits(model, TokenBatch(tokens.map { [$0[place]] }), pass)
    }
    let ends = whole.indices.filter { ($0 + 1) % (whole.count / 2) == 0 }
    for (ours, theirs) in zip(last, ends.map { whole[$0] }) {
      // The same sums over numbers up to 10, in other tiles.
      #expect(difference(ours, theirs) < 1e-4)
    }
  }

  private func logits(_ model: Llama, _ batch: TokenBatch, _ pass: Pass) throws -> [[Float]] {
    try withoutRecording {
      try model.logits(model.hidden(batch, in: pass), in: pass).value.rowList
    }
  }
}

/// Keys and values in one list a layer and segment.
final class GrowingCache: AttentionCache {
  private var layers: [Int: [(keys: [[Float]], values: [[Float]])]] = [:]

  var lengths: [Int] { layers[0]?.map(\.keys.count) ?? [] }

  func attend(
    _ new: (query: Tensor, key: Tensor, value: Tensor), prefix: AttentionPrefix?,
    at layer: BaseAttention, segments: Segments
  ) -> Tensor {
    var held = layers[layer.layer] ?? (0..<segments.count).map { _ in ([], []) }
    let (k, v) = (new.key.rowList, new.value.rowList)
    for segment in 0..<segments.count {
      held[segment].keys += k[segments[segment]]
      held[segment].values += v[segments[segment]]
    }
    layers[layer.layer] = held
    let all = Segments(lengths: held.map(\.keys.count))
    let shape = [all.total, new.key.columns]
    return attention(
      query: Variable(new.query),
      key: Variable(Tensor(shape, held.flatMap { $0.keys.flatMap { $0 } })),
      value: Variable(Tensor(shape, held.flatMap { $0.values.flatMap { $0 } })),
      segments: AttentionSegments(queries: segments, keys: all), prefix: prefix,
      rules: layer.rules
    ).value
  }
}
