// Weights in shards: the index and the files must agree.
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct ShardTests {
  @Test func readsShards() throws {
    try withShards(["x": "1.safetensors", "y": "2.safetensors"]) { folder in
      let files = try WeightFiles(folder: folder)
      #expect(files.names == ["x", "y"])
      try #expect(files.tensor("x").elements == [1, 2])
      try #expect(files.tensor("y", shape: [2]).elements == [3, 4])
      #expect(throws: SafetensorsFault.self) { try files.tensor("y", shape: [1]) }
      #expect(throws: SafetensorsFault.self) { try files.tensor("z") }
    }
  }

  @Test(arguments: [
    (["x": "1.safetensors", "y": "1.safetensors"], "`y` is listed in 1.safetensors"),
    (["x": "1.safetensors", "y": "2.safetensors", "z": "2.safetensors"], "`z` is listed"),
    (["x": "2.safetensors"], "`y` in 2.safetensors is not listed"),
    (["x": "../1.safetensors"], "plain"), (["x": "3.safetensors"], "no such file"),
    ([:], "weight_map"),
  ])
  func refusesAnIndexThatDisagrees(map: [String: String], words: String) throws {
    try withShards(map) { folder in
      let error = #expect(throws: SafetensorsFault.self) { try WeightFiles(folder: folder) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func saysWhichFilesAreThereInstead() throws {
    try withShards(["x": "1.safetensors"]) { folder in
      try FileManager.default.removeItem(
        at: folder.appendingPathComponent("model.safetensors.index.json"))
      try Data().write(to: folder.appendingPathComponent("pytorch_model.bin"))
      let error = #expect(throws: SafetensorsFault.self) { try WeightFiles(folder: folder) }
      #expect(error?.description.contains("pytorch_model.bin") == true)
    }
  }

  private func withShards(_ map: [String: String], _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-shards-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (number, name, values) in [(1, "x", [1, 2]), (2, "y", [3, 4])] as [(Int, String, [Float])] {
      let header = #"{"\#(name)":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
      let data = values.withUnsafeBytes { Data($0) }
      try bytes(header, data).write(to: folder.appendingPathComponent("\(number).safetensors"))
    }
    let index = try JSONSerialization.data(withJSONObject: ["weight_map": map])
    try index.write(to: folder.appendingPathComponent("model.safetensors.index.json"))
    try body(folder)
  }
}
