// Configurations that ask for too much, or for nothing that makes sense.
import AdaptTestSupport
import Foundation
import Testing

struct HostileModelTests {
  private static let good =
    #"{"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,"#
    + #" "intermediate_size": 6, "vocab_size": 9}"#

  @Test(arguments: [
    (["model", "smol13", "--out", "o"], "did you mean `smol135`?"),
    (["model", "nonsense-9", "--out", "o"], "One of: smol135"),
    (["model", "smol135"], "--out"), (["model", "--out", "o"], "config"),
    (["model", "/nonexistent/config.json", "--out", "o"], "/nonexistent/config.json"),
    (["model", "llama-mini", "--out", "o", "--dtype", "int8"], "int8"),
    (["model", "llama-mini", "--out", "o", "--seed", "-1"], "--seed"),
  ])
  func badRequestsAreNamed(arguments: [String], wanted: String) throws {
    let fixture = try BenchFixture()
    #expect(try fixture.failure(arguments).contains(wanted))
    #expect(try fixture.names == [])
  }

  @Test(arguments: [
    ("\"hidden_size\": 8", "\"hidden_size\": -8", "`hidden_size`"),
    ("\"hidden_size\": 8", "\"hidden_size\": 9223372036854775807", "1 to 65536"),
    ("\"hidden_size\": 8", "\"hidden_size\": 1e300", "`hidden_size`"),
    ("\"hidden_size\": 8", "\"hidden_size\": \"8\"", "got `8`"),
    ("\"hidden_size\": 8,", "", "got nothing"),
    ("\"hidden_size\": 8", "\"hidden_size\": 7", "a divisor of 7"),
    ("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 1000000000", "1 to 1024"),
    ("\"vocab_size\": 9", "\"vocab_size\": 0", "`vocab_size`"),
    ("\"vocab_size\": 9", "\"vocab_size\": 9, \"num_key_value_heads\": 3", "1 to 2"),
    ("\"vocab_size\": 9", "\"vocab_size\": 9, \"mlp_bias\": 3", "true or false"),
    ("\"vocab_size\": 9", "\"vocab_size\": 9, \"architectures\": [\"X\"]", "LlamaForCausalLM"),
    ("\"vocab_size\": 9", "\"vocab_size\": 9, \"architectures\": [\"A\", \"B\"]", "one name"),
    ("llama\"", "lama\"", "did you mean `llama`?"), ("{", "[", "JSON"),
    ("\"vocab_size\": 9}", "\"vocab_size\": 9", "JSON"),
  ])
  func badConfigurationsAreNamed(old: String, new: String, wanted: String) throws {
    let fixture = try BenchFixture()
    let file = try fixture.folder.write(
      Self.good.replacing(old, with: new, maxReplacements: 1), to: "in.json")
    let text = try fixture.failure(["model", file, "--out", "out"])
    #expect(text.contains(wanted), "\(text)")
    #expect(try fixture.names == ["in.json"])
  }

  @Test func aModelLargerThanTheDiskIsNotBegun() throws {
    let fixture = try BenchFixture()
    var text = Self.good
    for (old, new) in [
      ("\"hidden_size\": 8", "\"hidden_size\": 65536"),
      ("\"num_hidden_layers\": 1", "\"num_hidden_layers\": 1024"),
      ("\"intermediate_size\": 6", "\"intermediate_size\": 1048576"),
    ] { text = text.replacing(old, with: new) }
    let file = try fixture.folder.write(text, to: "in.json")
    let error = try fixture.failure(["model", file, "--out", "out"])
    #expect(error.contains("larger than the free space"))
    #expect(try fixture.names == ["in.json"])
  }

  @Test func longAndDeepFilesAreRefused() throws {
    let fixture = try BenchFixture()
    let deep = String(repeating: "[", count: 100_000)
    let file = try fixture.folder.write("{\"a\": \(deep)", to: "deep.json")
    #expect(try fixture.failure(["model", file, "--out", "out"]).contains("JSON"))
    let nested = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
    let legal = try fixture.folder.write(
      Self.good.replacing("{", with: "{\"a\": \(nested), "), to: "nested.json")
    #expect(try fixture.run(["model", legal, "--out", "nested"]).status == 0)
    let long = Self.good.replacing("{", with: "{" + String(repeating: " ", count: 1 << 20))
    let path = try fixture.folder.write(long, to: "long.json")
    #expect(try fixture.failure(["model", path, "--out", "out"]).contains("too large"))
  }

  @Test func placesThatCannotBeWrittenAreNamed() throws {
    let fixture = try BenchFixture()
    try fixture.folder.write("x", to: "file")
    for (out, wanted) in [
      ("missing/out", "no folder to write into"),
      ("file", "is there already"), ("file/out", "no folder to write into"),
    ] {
      let text = try fixture.failure(["model", "llama-mini", "--out", out])
      #expect(text.contains(wanted), "\(out): \(text)")
    }
    // Nothing but trying tells that no folder can be made here.
    let system = try fixture.run(["model", "llama-mini", "--out", "/proc/out"])
    #expect(system.status == 2)
    #expect(system.errors.contains("cannot write `/proc/out`"))
    #expect(try fixture.names == ["file"])
  }
}
