// Interventions: where they act, when they do nothing, and that their rows stay orthonormal.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTraining
import Testing

struct ReFTTests {
  static func configuration(first: Int, last: Int) -> ReFTConfiguration {
    var configuration = ReFTConfiguration()
    (configuration.rank, configuration.first, configuration.last) = (3, first, last)
    return configuration
  }

  /// The stream behind each layer, by row.
  static func streams(_ model: Llama, _ batch: TokenBatch, _ pass: Pass) throws -> [[[Float]]] {
    var streams: [[[Float]]] = []
    _ = try withoutRecording {
      try model.hidden(batch, in: pass) { streams.append($0.value.rowList) }
    }
    return streams
  }

  /// With W = R and b = 0 nothing changes.
  @Test func aSourceEqualToTheRotationIsTheBase() throws {
    let model = try LoRAContractTests.llama()
    let attached = try LoReFT(Self.configuration(first: 2, last: 2))
      .attach(to: model.outline, key: RandomKey(seed: 2))
    for unit in stride(from: 0, to: attached.parameters.count, by: 3) {
      let own = attached.parameters[unit..<unit + 3].map(\.trainable)
      own[0].update(to: Rotation(own[2], base: nil, hasSigns: false)().value)
      own[1].update(to: Tensor([3], [0, 0, 0]))
    }
    let ours = try LoRAContractTests.logits(model, attached.adapter)
    #expect(difference(ours, try LoRAContractTests.logits(model, nil)) < 1e-5)
  }

  /// R Rᵀ = I at the start and after many steps with weight decay.
  @Test func rowsStayOrthonormal() throws {
    let model = try LoRAContractTests.llama()
    let batches = try GoldenRun.small.batches()
    let attached = try LoReFT(Self.configuration(first: 2, last: 1))
      .attach(to: model.outline, key: RandomKey(seed: 2))
    let optimiser = AdamW(
      AdamW.Settings(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1))
    let projections = attached.parameters.filter { $0.key?.hasSuffix("projection") == true }
    let start = projections.map { Rotation($0.trainable, base: nil, hasSigns: false)().value }
    for step in 0..<100 {
      let (_, gradients) = try LanguageModel(model: model).gradients(
        batches, step % 10, in: Pass(.train, adapter: attached.adapter))
      optimiser.step(attached.parameters.map(\.trainable), gradients) { _ in 1e-2 }
    }
    #expect(projections.count == 4)
    for (parameter, start) in zip(projections, start) {
      let rotation = Rotation(parameter.trainable, base: nil, hasSigns: false)()
      let square = rotation.multiplied(rotation, transposed: true).value.elements
      #expect(difference(square, [1, 0, 0, 0, 1, 0, 0, 0, 1]) < 1e-5)
      #expect(difference(rotation.value.elements, start.elements) > 0.05)
    }
  }

  /// Random rotations are random: their rows lie in no common place.
  @Test func randomRotationsDiffer() throws {
    let model = try LoRAContractTests.llama()
    let attached = try LoReFT(Self.configuration(first: 1, last: 1))
      .attach(to: model.outline, key: RandomKey(seed: 2))
    let rows = attached.parameters.filter { $0.key?.hasSuffix("projection") == true }
      .flatMap { Rotation($0.trainable, base: nil, hasSigns: false)().value.rowList }
    #expect(rows.count == 12)
    for (number, row) in rows.enumerated() {
      // Elements of a random direction in 64 are near 1/8; one of 0.6 has a chance of a millionth.
      #expect(row.allSatisfy { abs($0) < 0.6 }, "row \(number)")
      #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
    }
  }

  @Test func onlyTheChosenRowsChange() throws {
    let model = try LoRAContractTests.llama()
    let batch = TokenBatch([[1, 50, 9, 2, 111, 33], [4], [8, 80, 220]])
    var configuration = Self.configuration(first: 2, last: 1)
    configuration.layers = [0]
    let attached = try LoReFT(configuration).attach(to: model.outline, key: RandomKey(seed: 1))
    func changed(_ lengths: [Int]?) throws -> [Int] {
      var pass = Pass(adapter: attached.adapter)
      pass.promptLengths = lengths
      let (ours, base) = (
        try Self.streams(model, batch, pass)[1], try Self.streams(model, batch, Pass())[1]
      )
      return ours.indices.filter { ours[$0] != base[$0] }
    }
    #expect(try changed(nil) == [0, 1, 5, 7, 9])
    // Of a prompt of two tokens the first and the last; of one of a single token none.
    #expect(try changed([4, 1, 2]) == [0, 1, 3, 7, 8])
  }

  @Test func continuedTextIsLeftAsItIs() throws {
    let model = try LoRAContractTests.llama()
    let attached = try LoReFT(Self.configuration(first: 2, last: 2))
      .attach(to: model.outline, key: RandomKey(seed: 1))
    let tokens: [Int32] = [1, 50, 9, 2, 111, 33]
    var whole = Pass(adapter: attached.adapter)
    whole.promptLengths = [4]
    let all = try Self.streams(model, TokenBatch([tokens]), whole).last ?? []
    var pass = Pass(adapter: attached.adapter)
    pass.cache = GrowingCache()
    _ = try Self.streams(model, TokenBatch([Array(tokens[..<4])]), pass)
    for place in 4..<6 {
      pass.phase = .decode
      let row = try Self.streams(model, TokenBatch([[tokens[place]]]), pass).last?.first
      #expect(difference(row ?? [], all[place]) < 1e-4)
    }
  }

  @Test func countsAreTwoMatricesAndABias() throws {
    let outline = StubModel.llama(
      layers: 1, width: 4096, keys: 4096, feedForward: 16, vocabulary: 32, isTied: true)
    var configuration = ReFTConfiguration()
    configuration.isTied = true
    // d 4096, r 4: as pyreft prints for one intervention.
    #expect(try LoReFT(configuration).trainableCount(in: outline) == 32_772)
    configuration.isTied = false
    #expect(try LoReFT(configuration).trainableCount(in: outline) == 2 * 32_772)
  }

  @Test func unusableSettingsAreNamed() throws {
    let outline = try LoRAContractTests.llama().outline
    func key(_ change: (inout ReFTConfiguration) -> Void) -> String? {
      var configuration = ReFTConfiguration()
      change(&configuration)
      do {
        _ = try LoReFT(configuration).attach(to: outline, key: RandomKey(seed: 0))
        return nil
      } catch PEFTFault.setting(_, let key, _, _, _) {
        return key
      } catch {
        return "\(error)"
      }
    }
    #expect(key { $0.rank = 0 } == "r")
    #expect(key { $0.rank = 65 } == "r")
    #expect(key { ($0.first, $0.last) = (0, 0) } == "prefix_positions")
    #expect(key { $0.layers = [7] } == "layers")
    #expect(key { $0.dropout = 1 } == "dropout")
  }
}
