// Damaged and hostile lists of weight files: whatever the index says, the shards must say the same.
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct SafetensorsShardTests {
  @Test func everyTruncationOfTheIndexThrows() throws {
    let index = Array(#"{"metadata":{"total_size":16},"weight_map":{"x":"1.safetensors"}}"#.utf8)
    try withFolder(["1": ["x"]]) { folder in
      let url = try write(index[...], folder)
      try #expect(WeightFiles(folder: folder).names == ["x"])
      for length in 0..<index.count {
        try Data(index.prefix(length)).write(to: url)
        #expect(throws: SafetensorsFault.self, "\(length) bytes") {
          try WeightFiles(folder: folder)
        }
      }
    }
  }

  @Test func everyChangedByteOfTheIndexThrowsOrAgreesWithTheFiles() throws {
    let index = Array(#"{"weight_map":{"x":"1.safetensors","y":"2.safetensors"}}"#.utf8)
    try withFolder(["1": ["x"], "2": ["y"]]) { folder in
      let url = try write(index[...], folder)
      for position in index.indices {
        for flip in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] as [UInt8] {
          var damaged = index
          damaged[position] ^= flip
          try Data(damaged).write(to: url)
          guard let files = try? WeightFiles(folder: folder) else { continue }
          #expect(files.names == ["x", "y"])
        }
      }
    }
  }

  @Test(
    arguments: [
      ("missing", ["1": ["x"], "2": ["y"]], #"{"x":"1","y":"2","z":"2"}"#, "`z` is listed in 2"),
      ("surplus", ["1": ["x"], "2": ["y", "z"]], #"{"x":"1","y":"2"}"#, "`z` in 2"),
      ("doubled", ["1": ["x"], "2": ["y", "x"]], #"{"x":"1","y":"2"}"#, "`x` in 2"),
      ("doubled, other way", ["1": ["x", "y"], "2": ["y"]], #"{"x":"1","y":"2"}"#, "`y` in 1"),
      (
        "listed twice", ["1": ["x"], "2": ["x"]], #"{"x":"1","x":"2"}"#,
        "`weight_map.x` is listed twice"
      ),
      ("swapped", ["1": ["x"], "2": ["y"]], #"{"x":"2","y":"1"}"#, "not listed"),
      ("no such file", ["1": ["x"]], #"{"x":"1","y":"3"}"#, "no such file"),
    ] as [(String, [String: [String]], String, String)])
  func filesAndIndexMustAgree(
    name: String, shards: [String: [String]], map: String, words: String
  ) throws {
    let names = map.replacing(/:"(\d)"/) { ":\"\($0.1).safetensors\"" }
    try expectFault(shards, #"{"weight_map":\#(names)}"#, words, name)
  }

  @Test(
    arguments: [
      ("up", #"{"weight_map":{"x":"../1.safetensors"}}"#, "plain"),
      ("root", #"{"weight_map":{"x":"/1.safetensors"}}"#, "plain"),
      ("NUL", #"{"weight_map":{"x":"1.safetensors\u0000.safetensors"}}"#, "plain"),
      ("long", #"{"weight_map":{"x":"LONG.safetensors"}}"#, "plain"),
      (
        "long tensor", #"{"weight_map":{"x":"1.safetensors","LONG":"1.safetensors"}}"#, "listed"
      ),
      ("folder", #"{"weight_map":{"x":"folder.safetensors"}}"#, "not a regular file"),
      ("number", #"{"weight_map":{"x":1}}"#, "weight_map"), ("list", "[]", "weight_map"),
      ("null", #"{"weight_map":null}"#, "weight_map"), ("empty", "{}", "weight_map"),
      ("deep", "DEEP", "not JSON"),
    ])
  func hostileIndexesThrow(name: String, index: String, words: String) throws {
    let long = String(repeating: "x", count: 500_000)
    let deep = String(repeating: #"{"weight_map":"#, count: 50_000)
    let text = index.replacing("LONG", with: long).replacing("DEEP", with: deep)
    try expectFault(["1": ["x"]], text, words, name)
  }

  @Test func otherMembersOfTheIndexAreSkipped() throws {
    let rest = #""a":[1,{"b":"]}\"","c":[[]]},-1.5e3,true],"d":{},"e":"\\","f":null,"#
    for index in ["{\(rest)MAP}", "{ MAP , \(rest.dropLast()) }\n"] {
      try withFolder(["1": ["x"]]) { folder in
        let text = index.replacing("MAP", with: #""weight_map" : { "x" : "1.safetensors" }"#)
        _ = try write(Array(text.utf8)[...], folder)
        try #expect(WeightFiles(folder: folder).names == ["x"])
      }
    }
    try expectFault(
      ["1": ["x"]],
      #"{"weight_map":{"x":"1.safetensors"},"weight_map":{"x":"1.safetensors"}}"#, "listed twice",
      "two maps")
  }

  @Test func aDamagedShardIsNamed() throws {
    try withFolder(["1": ["x"], "2": ["y"]]) { folder in
      _ = try write(
        Array(#"{"weight_map":{"x":"1.safetensors","y":"2.safetensors"}}"#.utf8)[...], folder)
      let shard = folder.appendingPathComponent("2.safetensors")
      try Data(contentsOf: shard).dropLast().write(to: shard)
      let fault = #expect(throws: SafetensorsFault.self) { try WeightFiles(folder: folder) }
      #expect(fault?.description.contains("2.safetensors") == true)
    }
  }

  private func expectFault(
    _ shards: [String: [String]], _ index: String, _ words: String, _ name: String
  ) throws {
    try withFolder(shards) { folder in
      _ = try write(Array(index.utf8)[...], folder)
      let fault = #expect(throws: SafetensorsFault.self, "\(name)") {
        try WeightFiles(folder: folder)
      }
      let text = fault?.description ?? "accepted"
      #expect(text.contains(words) && text.utf8.count < 1_500, "\(name): \(text.prefix(500))")
    }
  }

  private func write(_ index: ArraySlice<UInt8>, _ folder: URL) throws -> URL {
    let url = folder.appendingPathComponent("model.safetensors.index.json")
    try Data(index).write(to: url)
    return url
  }

  /// A folder with one file a shard, whose tensors of one float have the names given.
  private func withFolder(_ shards: [String: [String]], _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-shards-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("folder.safetensors"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (file, names) in shards {
      let members = names.enumerated().map { number, name in
        #""\#(name)":{"dtype":"F32","shape":[1],"data_offsets":[\#(number * 4),\#(number * 4 + 4)]}"#
      }
      let data = Data(count: names.count * 4)
      try bytes("{\(members.joined(separator: ","))}", data)
        .write(to: folder.appendingPathComponent("\(file).safetensors"))
    }
    try body(folder)
  }
}
