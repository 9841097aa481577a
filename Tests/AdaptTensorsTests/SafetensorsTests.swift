// The weight reader: every type, and every way a file can be damaged or hostile. It must throw, never trap.
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct SafetensorsTests {
  static let sound =
    #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[1],"data_offsets":[24,32]},"__metadata__":{"format":"pt"}}"#
  static let data = Data((0..<32).map { UInt8($0) })

  @Test func readsASoundFile() throws {
    let file = try open(Self.sound, Self.data)
    #expect(file.tensors.count == 2 && file.metadata == ["format": "pt"])
    let tensor = try file.tensor("a", shape: [2, 3])
    #expect(tensor.shape == [2, 3] && tensor.count == 6)
    #expect(tensor.elements[1] == Float(bitPattern: 0x0706_0504))
    try #expect(file.integers("b") == [0x1F1E_1D1C_1B1A_1918])
  }

  @Test func alignedFloatsAreNotCopied() throws {
    let aligned = try open(pad(Self.sound, to: 4), Self.data)
    let (one, two) = (try aligned.tensor("a"), try aligned.tensor("a"))
    #expect(one.storage.base == two.storage.base)
    let shifted = try open(pad(Self.sound, to: 4) + " ", Self.data)
    let (three, four) = (try shifted.tensor("a"), try shifted.tensor("a"))
    #expect(three.storage.base != four.storage.base && three.elements == one.elements)
  }

  @Test(
    arguments: [
      ("BOOL", [0, 1, 2], [0, 1, 1]), ("U8", [0, 255], [0, 255]),
      ("I8", [0x80, 0x7F], [-128, 127]),
      ("I16", [0xFE, 0xFF], [-2]), ("U16", [0xFE, 0xFF], [65_534]),
      ("I32", [0xFD, 0xFF, 0xFF, 0xFF], [-3]), ("U32", [0, 0, 0, 0x80], [2_147_483_648]),
      ("I64", [0xFC, 255, 255, 255, 255, 255, 255, 255], [-4]),
      ("U64", [1, 0, 0, 0, 0, 0, 0, 0], [1]),
      ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], [-1.5]), ("BF16", [0xC0, 0xBF], [-1.5]),
      ("F16", [0, 0xBE, 1, 0, 0xFF, 0x7B, 0, 0xFC], [-1.5, 0x1p-24, 65_504, -.infinity]),
      ("F8_E5M2", [0xBE, 0x7B, 0x01], [-1.5, 57_344, 0x1p-16]),
      ("F8_E4M3", [0xBC, 0x7E, 0x01, 0x08], [-1.5, 448, 0x1p-9, 0x1p-6]),
      ("F8_E8M0", [127, 130, 126], [1, 8, 0.5]),
    ] as [(String, [UInt8], [Float])])
  func convertsEveryType(type: String, bytes: [UInt8], wanted: [Float]) throws {
    let header =
      #"{"x":{"dtype":"\#(type)","shape":[\#(wanted.count)],"data_offsets":[0,\#(bytes.count)]}}"#
    let file = try open(header, Data(bytes))
    try #expect(file.tensor("x").elements == wanted)
  }

  @Test(arguments: [
    (
      "overlap",
      #"{"a":{"dtype":"U8","shape":[20],"data_offsets":[0,20]},"b":{"dtype":"U8","shape":[20],"data_offsets":[12,32]}}"#,
      "overlap"
    ),
    (
      "hole",
      #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[24,32]}}"#,
      "bytes 8 to 24"
    ),
    ("tail", #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#, "bytes 8 to 32"),
    ("beyond", #"{"a":{"dtype":"U8","shape":[33],"data_offsets":[0,33]}}"#, "outside"),
    ("backwards", #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[32,24]}}"#, "outside"),
    ("size", #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,32]}}"#, "wanted 24 bytes"),
    (
      "overflow", #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,32]}}"#,
      "overflows"
    ),
    (
      "hidden overflow",
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}"#, "overflows"
    ),
    ("negative", #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,32]}}"#, "byte 36"),
    ("fraction", #"{"a":{"dtype":"U8","shape":[3.5],"data_offsets":[0,32]}}"#, "whole number"),
    ("exponent", #"{"a":{"dtype":"U8","shape":[3e1],"data_offsets":[0,32]}}"#, "whole number"),
    ("leading zero", #"{"a":{"dtype":"U8","shape":[032],"data_offsets":[0,32]}}"#, "whole number"),
    ("huge", #"{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,32]}}"#, "2^63"),
    (
      "duplicate",
      #"{"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]},"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]}}"#,
      "`a` is listed twice"
    ),
    (
      "duplicate key", #"{"a":{"dtype":"U8","dtype":"U8","shape":[32],"data_offsets":[0,32]}}"#,
      "twice"
    ),
    ("type", #"{"a":{"dtype":"F31","shape":[8],"data_offsets":[0,32]}}"#, "did you mean `F32`"),
    ("missing key", #"{"a":{"dtype":"U8","data_offsets":[0,32]}}"#, "dtype, shape and two"),
    ("extra key", #"{"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32],"x":1}}"#, "`x`"),
    (
      "three offsets", #"{"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32,32]}}"#,
      "3 data_offsets"
    ),
    ("array", "[]", "`{`"), ("empty", "", "`{`"), ("space first", " {}", "`{`"),
    ("comma", #"{"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]},}"#, "`\"`"),
    ("rest", #"{} x"#, "nothing after"), ("no data", "{}", "bytes 0 to 32"),
    ("metadata", #"{"__metadata__":{"a":1}}"#, "`\"`"),
    ("bad escape", #"{"a\q":{}}"#, "UTF-8"),
  ])
  func refuses(name: String, header: String, words: String) throws {
    do {
      _ = try open(header, Self.data)
      Issue.record("\(name) was accepted")
    } catch {
      let text = (error as? SafetensorsFault)?.description ?? "\(error)"
      #expect(text.contains(words), "\(name): \(text)")
    }
  }

  @Test func deepNestingIsAnErrorNotAStackOverflow() {
    let deep = String(repeating: "{\"a\":", count: 200_000)
    #expect(throws: SafetensorsFault.self) { try open(deep, Self.data) }
  }

  @Test func everyTruncationThrows() throws {
    let whole = bytes(Self.sound, Self.data)
    for length in 0..<whole.count {
      #expect(throws: SafetensorsFault.self, "\(length) bytes") {
        try withFile(whole.prefix(length)) { _ = try SafetensorsFile($0) }
      }
    }
  }

  @Test func everyFlippedHeaderByteThrowsOrStaysInside() throws {
    let whole = bytes(Self.sound, Self.data)
    for position in 0..<8 + Self.sound.utf8.count {
      for flip in [0x01, 0x10, 0x80, 0xFF] as [UInt8] {
        var damaged = whole
        damaged[position] ^= flip
        try withFile(damaged) { url in
          guard let file = try? SafetensorsFile(url) else { return }
          for (name, info) in file.tensors {
            #expect(info.bytes.upperBound <= Self.data.count)
            _ = try? file.tensor(name).elements
          }
        }
      }
    }
  }

  @Test func hugeHeaderLengthsThrow() throws {
    for length in [UInt64.max, 1 << 63, 100_000_001, 1_000_000] {
      var header = withUnsafeBytes(of: length.littleEndian) { Data($0) }
      header.append(Data("{}".utf8))
      #expect(throws: SafetensorsFault.self) {
        try withFile(header) { _ = try SafetensorsFile($0) }
      }
    }
  }

  @Test func foldersAndMissingFilesThrow() {
    let folder = FileManager.default.temporaryDirectory
    #expect(throws: SafetensorsFault.self) { try SafetensorsFile(folder) }
    #expect(throws: SafetensorsFault.self) {
      try SafetensorsFile(folder.appendingPathComponent("no-such-file.safetensors"))
    }
  }

  @Test func missingTensorNamesTheNearest() throws {
    let file = try open(
      #"{"encoder.weight":{"dtype":"U8","shape":[32],"data_offsets":[0,32]}}"#, Self.data)
    let error = #expect(throws: SafetensorsFault.self) { try file.tensor("encoder.wieght") }
    #expect(error?.description.contains("`encoder.weight`") == true)
  }

  private func open(_ header: String, _ data: Data) throws -> SafetensorsFile {
    try withFile(bytes(header, data)) { try SafetensorsFile($0) }
  }
}

/// A safetensors file of this header and data.
func bytes(_ header: String, _ data: Data) -> Data {
  withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) } + Data(header.utf8)
    + data
}

/// The header with spaces behind it up to a multiple.
func pad(_ header: String, to multiple: Int) -> String {
  header + String(repeating: " ", count: (multiple - header.utf8.count % multiple) % multiple)
}

/// A temporary file, gone after `body`; what is mapped stays readable.
func withFile<Result>(_ data: Data, _ body: (URL) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("adapt-\(UUID().uuidString).safetensors")
  try data.write(to: url)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url)
}
