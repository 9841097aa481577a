// The tensors of a model by their Hugging Face names, before any number of them exists.
import AdaptTensors

/// A tensor of a model to be made.
struct PlannedTensor: Sendable, Equatable {
  enum Filling: Sendable, Equatable {
    /// Nearly normal with this standard deviation.
    case noise(Float)
    case zeros
    case ones
  }

  let name: String
  let shape: [Int]
  let filling: Filling

  var count: Int { shape.reduce(1, *) }
}

/// All tensors of one model.
struct ModelPlan {
  private(set) var tensors: [PlannedTensor] = []
  let deviation: Float = 0.02

  /// - Throws: `BenchFault` naming the key that cannot be used.
  init(_ configuration: ModelConfiguration) throws(BenchFault) {
    let type = try configuration.name(
      "model_type", among: Self.decoderTypes + ["gpt2", "bert"])
    switch type {
    case "bert": try addBert(configuration)
    case "gpt2": try addGPT2(configuration)
    default: try addDecoder(configuration, type: type)
    }
  }

  /// Numbers in all tensors.
  ///
  /// Sizes are bounded by their ranges, so it cannot overflow.
  var parameters: Int { tensors.reduce(0) { $0 + $1.count } }

  /// `NAME.weight [outputs, inputs]`, and `NAME.bias [outputs]` where it has one.
  mutating func addLinear(_ name: String, _ outputs: Int, _ inputs: Int, hasBias: Bool) {
    addNoise(name, outputs, inputs)
    if hasBias { add(name + ".bias", [outputs], .zeros) }
  }

  /// `NAME.weight [inputs, outputs]` and `NAME.bias [outputs]`.
  mutating func addTransposed(_ name: String, _ inputs: Int, _ outputs: Int) {
    addNoise(name, inputs, outputs)
    add(name + ".bias", [outputs], .zeros)
  }

  mutating func addNoise(_ name: String, _ rows: Int, _ columns: Int) {
    add(name + ".weight", [rows, columns], .noise(deviation))
  }

  /// `isOffset`: the model adds 1 to what is stored.
  mutating func addNorm(_ name: String, _ width: Int, hasBias: Bool, isOffset: Bool = false) {
    add(name + ".weight", [width], isOffset ? .zeros : .ones)
    if hasBias { add(name + ".bias", [width], .zeros) }
  }

  private mutating func add(_ name: String, _ shape: [Int], _ filling: PlannedTensor.Filling) {
    tensors.append(PlannedTensor(name: name, shape: shape, filling: filling))
  }
}
