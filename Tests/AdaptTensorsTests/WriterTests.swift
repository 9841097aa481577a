// The weight writer: what it writes the strict reader gives back, and a failure leaves the old file.
import AdaptTensors
import Foundation
import Testing

struct WriterTests {
  @Test(arguments: 0..<12)
  func randomFilesRoundTrip(seed: Int) throws {
    var random = TestNumbers(seed)
    func pick(_ count: Int) -> Int { min(count - 1, Int((random.next() + 1) / 2 * Float(count))) }
    let outputs = (0..<pick(9)).map { number -> TensorOutput in
      let type = ElementType.allCases[pick(ElementType.allCases.count)]
      let shape = (0..<pick(4)).map { _ in pick(5) }
      let bytes = (0..<shape.reduce(type.size, *)).map { _ in UInt8(pick(256)) }
      let name = ["a", "β.weight", "x\"y\\z", "line\nbreak", "", "z"][pick(6)] + "\(number)"
      return TensorOutput(name, type: type, shape: shape, bytes: bytes)
    }
    let metadata = seed % 3 == 0 ? [:] : ["format": "pt", "quo\"te": "\u{1}ü"]
    try withFile(Data("old".utf8)) { url in
      try SafetensorsWriter.write(outputs, metadata: metadata, to: url)
      let file = try SafetensorsFile(url)
      #expect(file.metadata == metadata && file.headerBytes.count % 8 == 0)
      #expect(file.tensors.count == outputs.count)
      for output in outputs {
        let info = try file.info(output.name)
        #expect(info.type == output.type && info.shape == output.shape)
        #expect(info.bytes.lowerBound % output.type.size == 0)
        var wanted: [UInt8] = []
        try output.produce { wanted += Array($0) }
        #expect(Array(file.rawBytes(info)) == wanted)
      }
      #expect(try leftovers(beside: url) == [])
    }
  }

  @Test func floatsAreNarrowedAndFloat32IsExact() throws {
    var numbers = TestNumbers(8)
    let x = numbers.tensor([700, 401], scale: 2)  // more than one panel
    let weight = try WeightStorage(x, as: .nf4)
    try withFile(Data()) { url in
      try SafetensorsWriter.write(
        [
          TensorOutput("f32", x), TensorOutput("bf16", x, as: .bfloat16),
          TensorOutput("f16", x, as: .float16), TensorOutput("wide", weight, as: .float32),
          TensorOutput("ids", shape: [2], integers: [-1, 1 << 40]),
          TensorOutput("scalar", Tensor([], [3])),
        ], to: url)
      let file = try SafetensorsFile(url)
      #expect(file.metadata == ["format": "pt"])
      try #expect(file.tensor("f32").elements == x.elements)
      for (name, format) in [("bf16", WeightFormat.bfloat16), ("f16", .float16)] {
        try #expect(
          file.tensor(name).elements == WeightStorage(x, as: format).widened().elements)
      }
      try #expect(file.tensor("wide", shape: [700, 401]).elements == weight.widened().elements)
      try #expect(file.integers("ids") == [-1, 1 << 40])
      try #expect(file.tensor("scalar").shape == [])
    }
  }

  @Test func aFailureLeavesTheOldFile() throws {
    let short = TensorOutput("a", type: .float32, shape: [3], bytes: [1, 2, 3, 4])
    let long = TensorOutput("a", type: .uint8, shape: [3], bytes: [1, 2, 3, 4])
    let twice = TensorOutput("a", type: .uint8, shape: [1], bytes: [1])
    let huge = TensorOutput("a", type: .int64, shape: [1 << 62, 4], bytes: [])
    let negative = TensorOutput("a", type: .uint8, shape: [-1], bytes: [])
    let reserved = TensorOutput("__metadata__", type: .uint8, shape: [1], bytes: [1])
    for outputs in [[short], [long], [twice, twice], [huge], [negative], [reserved]] {
      try withFile(Data("old".utf8)) { url in
        #expect(throws: SafetensorsFault.self) { try SafetensorsWriter.write(outputs, to: url) }
        try #expect(Data(contentsOf: url) == Data("old".utf8))
        #expect(try leftovers(beside: url) == [])
      }
    }
    let nowhere = URL(fileURLWithPath: "/nonexistent/x.safetensors")
    #expect(throws: SafetensorsFault.self) { try SafetensorsWriter.write([twice], to: nowhere) }
  }

  @Test func shardsRespectTheLimitAndReadBack() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var numbers = TestNumbers(1)
    let tensors = (0..<10).map { ("t\($0)", numbers.tensor([$0 == 4 ? 100 : 10])) }
    let outputs = tensors.map { TensorOutput($0.0, $0.1) }
    func check(_ names: [String]) throws {
      try #expect(
        FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names.sorted())
      let files = try WeightFiles(folder: folder)
      #expect(files.names == tensors.map(\.0))
      for (name, tensor) in tensors {
        try #expect(files.tensor(name).elements == tensor.elements)
      }
    }
    let whole = try ShardedWriter.write(outputs, to: folder)
    #expect(whole == ["model.safetensors"])
    try check(whole)
    // 100 bytes hold two tensors of 40; the one of 400 stands alone.
    let shards = try ShardedWriter.write(outputs, to: folder, limit: 100)
    #expect(shards.count == 7 && shards[0] == "model-00001-of-00006.safetensors")
    try check(shards)
    let index = try Data(contentsOf: folder.appendingPathComponent(shards[6]))
    let object = try JSONSerialization.jsonObject(with: index) as? [String: Any]
    #expect((object?["metadata"] as? [String: Int])?["total_size"] == 9 * 40 + 400)
    try check(try ShardedWriter.write(outputs, to: folder))
    #expect(throws: SafetensorsFault.self) {
      try ShardedWriter.write(outputs + outputs, to: folder, limit: 100)
    }
  }

  private func leftovers(beside url: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)
      .filter { $0.hasPrefix(url.lastPathComponent) && $0 != url.lastPathComponent }
  }
}
