// Our quantisers against bitsandbytes: bytes, scales and values must be equal, not close.
import AdaptTensors
import Foundation
import Testing

struct QuantiserGoldenTests {
  let file: SafetensorsFile

  init() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures")
    file = try SafetensorsFile(folder.appendingPathComponent("nf4.safetensors"))
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    Array(file.rawBytes(try file.info(name)))
  }

  @Test func codebooksAreTheirs() throws {
    try #expect(NF4.values == file.tensor("codebook").elements)
    try #expect(DynamicMap.values == file.tensor("double64.code2").elements)
    try #expect(DynamicMap.values == file.tensor("int8_dynamic256.code").elements)
  }

  @Test(arguments: [64, 128])
  func plainNF4IsEqual(block: Int) throws {
    let x = try file.tensor("x")
    let weight = try WeightStorage(x, as: .nf4(block: block, isDoubled: false))
    let parts = try #require(weight.nf4)
    try #expect(parts.codes == bytes("plain\(block).packed"))
    guard case .plain(let scales) = parts.scales else { throw TestFault.wrongForm }
    try #expect(scales.elements == file.tensor("plain\(block).absmax").elements)
    let wanted = try file.tensor("plain\(block).dequantized_rows2").elements
    #expect(weight.gatheringRows([0, 1]).elements == wanted)
    #expect(Array(weight.widened().elements[..<wanted.count]) == wanted)
  }

  @Test(arguments: [64, 128])
  func doubledNF4IsEqual(block: Int) throws {
    let x = try file.tensor("x")
    let weight = try WeightStorage(x, as: .nf4(block: block, isDoubled: true))
    let (key, parts) = ("double\(block)", try #require(weight.nf4))
    try #expect(parts.codes == bytes("\(key).packed"))
    guard case .doubled(let scales) = parts.scales else { throw TestFault.wrongForm }
    try #expect(scales.codes.bytes == bytes("\(key).absmax_uint8"))
    try #expect(scales.outer.elements == file.tensor("\(key).absmax2").elements)
    try #expect([scales.offset] == file.tensor("\(key).offset").elements)
    let all = Tensor([scales.codes.count]) { scales.widen(0..<scales.codes.count, into: $0) }
    try #expect(all.elements == file.tensor("\(key).absmax_dequantized").elements)
    try #expect(
      weight.gatheringRows([0, 1]).elements == file.tensor("\(key).dequantized_rows2").elements)
  }

  @Test func dynamicMapIsEqual() throws {
    let x = try file.tensor("x")
    let (codes, largest) = DynamicMap.quantise(x.elements)
    try #expect(codes == bytes("int8_dynamic256.q"))
    try #expect(largest == file.tensor("int8_dynamic256.absmax").elements)
    let wanted = try file.tensor("int8_dynamic256.dequantized_rows2").elements
    let values = (0..<wanted.count).map { DynamicMap.values[Int(codes[$0])] * largest[$0 / 256] }
    #expect(values == wanted)
  }

  /// One block worked out by hand from the codebook.
  @Test func aSmallBlockByHand() throws {
    let x = Tensor([1, 8], [0.1, -0.5, 0.9, -1.2, 0, 0.33, -0.07, 1.2])
    let weight = try WeightStorage(x, as: .nf4)
    try #expect(#require(weight.nf4).codes == [131, 224, 122, 111])
    let wanted: [Float] = [0.095_496, -0.473_901, 0.867_548, -1.2, 0, 0.295_335, -0.109_26, 1.2]
    #expect(zip(weight.widened().elements, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// The published relative error of NF4 on a normal distribution, block 64: 0.0919.
  @Test func errorOnNormalNumbersIsAsPublished() throws {
    var numbers = TestNumbers(11)
    let x = Tensor([256, 256]) { out in
      for i in 0..<65_536 {
        // Twelve uniform numbers make a normal one well enough here.
        out[i] = (0..<12).reduce(Float(0)) { sum, _ in sum + numbers.next() } / 2
      }
    }
    for (format, bound) in [(WeightFormat.nf4, 0.0935), (.nf4Doubled, 0.0936), (.int8, 0.0095)] {
      let y = try WeightStorage(x, as: format).widened()
      let pairs = zip(x.elements, y.elements)
      let error = pairs.reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
      let size = x.elements.reduce(0.0) { $0 + Double($1 * $1) }
      #expect((error / size).squareRoot() < bound, "\(format)")
    }
  }
}

enum TestFault: Error {
  case wrongForm
}

extension WeightBytes {
  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: count)) }
}

extension WeightStorage {
  /// The parts of an NF4 matrix.
  var nf4: (codes: [UInt8], scales: NF4Scales)? {
    nf4Codes.map { ($0.codes.bytes, $0.scales) }
  }
}
