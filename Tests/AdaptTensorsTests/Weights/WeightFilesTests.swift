// Weights as files hold them: mapped half precision, and NF4 as bitsandbytes saves it, sound and damaged.
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct WeightFilesTests {
  @Test(arguments: [(ElementType.bfloat16, WeightFormat.bfloat16), (.float16, .float16)])
  func halfPrecisionIsMapped(type: ElementType, format: WeightFormat) throws {
    var numbers = TestNumbers(2)
    let x = numbers.tensor([5, 9])
    let files = try written([TensorOutput("w", x, as: type)])
    let weight = try files.weight("w", shape: [5, 9])
    let again = try files.weight("w")
    #expect(weight.format == format && weight.isMapped && weight.address == again.address)
    try #expect(weight.widened().elements == WeightStorage(x, as: format).widened().elements)
    #expect(throws: WeightFault.self) { try files.weight("w", shape: [9, 5]) }
    #expect(throws: WeightFault.self) { try files.weight("v") }
  }

  @Test(arguments: [WeightFormat.nf4, .nf4Doubled, .nf4(block: 128, isDoubled: true)])
  func packedTensorsAreRead(format: WeightFormat) throws {
    var numbers = TestNumbers(6)
    let weight = try WeightStorage(numbers.tensor([24, 50]), as: format)
    let read = try written(Self.packed(weight)).weight("w", shape: [24, 50])
    #expect(read.format == format && read.isMapped)
    #expect(read.widened().elements == weight.widened().elements)
  }

  @Test(
    arguments: [
      ("no state", #"{"#, "JSON"), ("another type", #"{"quant_type":"fp4"}"#, "quant_type nf4"),
      ("negative", #"{"shape":[-24,50]}"#, "shape that fits"),
      ("overflow", #"{"shape":[4294967296,4294967296]}"#, "shape that fits"),
      ("empty", #"{"shape":[]}"#, "shape that fits"), ("bytes", #"{"shape":[24,52]}"#, "bytes in"),
      ("odd block", #"{"blocksize":63}"#, "even blocksize"),
      ("no block", #"{"blocksize":0}"#, "even blocksize"),
      ("other block", #"{"blocksize":32}"#, "bytes in `w.absmax`"),
      ("nested block", #"{"nested_blocksize":0}"#, "nested_blocksize"),
      ("nested offset", #"{"nested_offset":null}"#, "nested_offset"),
      ("huge offset", #"{"nested_offset":1e300}"#, "nested_offset"),
    ] as [(String, String, String)])
  func contradictionsAreRefused(name: String, state: String, words: String) throws {
    var numbers = TestNumbers(6)
    let weight = try WeightStorage(numbers.tensor([24, 50]), as: .nf4Doubled)
    let files = try written(try Self.packed(weight, changing: state))
    let fault = #expect(throws: WeightFault.self) { try files.weight("w") }
    #expect(fault?.description.contains(words) == true, "\(name): \(fault?.description ?? "")")
  }

  @Test(arguments: [
    "w", "w.absmax", "w.quant_map", "w.nested_absmax", "w.nested_quant_map",
  ])
  func missingAndShortPartsAreRefused(part: String) throws {
    var numbers = TestNumbers(6)
    let weight = try WeightStorage(numbers.tensor([24, 50]), as: .nf4Doubled)
    let parts = try Self.packed(weight)
    let without = try written(parts.filter { $0.name != part })
    #expect(throws: WeightFault.self) { try without.weight("w") }
    let short = TensorOutput(part, type: .uint8, shape: [1], bytes: [0])
    let cut = try written(parts.filter { $0.name != part } + [short])
    #expect(throws: WeightFault.self) { try cut.weight("w") }
  }

  /// The tensors bitsandbytes writes for a matrix named `w`; `changing` replaces members of the state.
  static func packed(
    _ weight: WeightStorage, changing: String = "{}"
  ) throws -> [TensorOutput] {
    let parts = try #require(weight.nf4Codes)
    var state: [String: Any] = [
      "quant_type": "nf4", "blocksize": parts.block, "dtype": "float32",
      "shape": [weight.rows, weight.columns],
    ]
    var outputs = [
      TensorOutput(
        "w", type: .uint8, shape: [parts.codes.count, 1], bytes: parts.codes.bytes),
      TensorOutput("w.quant_map", Tensor([16], NF4.values)),
    ]
    switch parts.scales {
    case .plain(let scales): outputs.append(TensorOutput("w.absmax", scales))
    case .doubled(let scales):
      state["nested_blocksize"] = scales.block
      state["nested_offset"] = Double(scales.offset)
      state["nested_dtype"] = "float32"
      outputs += [
        TensorOutput(
          "w.absmax", type: .uint8, shape: [scales.codes.count], bytes: scales.codes.bytes),
        TensorOutput("w.nested_absmax", scales.outer),
        TensorOutput("w.nested_quant_map", scales.map),
      ]
    }
    var json = Data(changing.utf8)
    if let changes = try? JSONSerialization.jsonObject(with: json) as? [String: Any] {
      json = try JSONSerialization.data(withJSONObject: state.merging(changes) { $1 })
    }
    outputs.append(
      TensorOutput(
        "w.quant_state.bitsandbytes__nf4", type: .uint8, shape: [json.count], bytes: Array(json)))
    return outputs
  }

  private func written(_ outputs: [TensorOutput]) throws -> WeightFiles {
    try withFile(Data()) { url in
      try SafetensorsWriter.write(outputs, to: url)
      return try WeightFiles(file: url)
    }
  }
}
