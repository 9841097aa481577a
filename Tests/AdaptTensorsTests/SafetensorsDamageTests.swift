// Damaged and hostile weight files, byte by byte: each is refused, or all its tensors lie inside the file.
// Everything here is bounded in time and memory; a trap anywhere ends the test run.
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct SafetensorsDamageTests {
  /// All that a header can hold: spaces, escapes, a scalar, an empty tensor, metadata, padding.
  static let header = pad(
    #"{ "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
      + #""\u00e9\"":{"shape":[],"dtype":"BF16","data_offsets":[24,26]},"#
      + #""e":{"dtype":"U8","shape":[0,7],"data_offsets":[26,26]},"#
      + #""i":{"data_offsets":[26,32],"dtype":"I16","shape":[3]},"__metadata__":{"format":"pt","k":""}}"#,
    to: 8)
  static let data = Data((0..<32).map { UInt8($0) })

  @Test func everyByteOfTheHeaderChangedToEveryOther() throws {
    let whole = bytes(Self.header, Self.data)
    try withFile(whole) { url in
      let scratch = try Scratch(url)
      var accepted = 0
      for position in 0..<whole.count - Self.data.count {
        for value in UInt8.min...UInt8.max where value != whole[position] {
          try scratch.write([value], at: position)
          accepted += check(url, fileBytes: whole.count) ? 1 : 0
        }
        try scratch.write([whole[position]], at: position)
      }
      // Changes inside names and metadata give other sound files.
      #expect(accepted > 100 && check(url, fileBytes: whole.count))
    }
  }

  @Test func everyByteLeftOutOrDoubled() throws {
    let whole = Array(Self.header.utf8)
    for position in whole.indices {
      for count in [0, 2] {
        var header = whole
        header.replaceSubrange(
          position...position, with: [UInt8](repeating: whole[position], count: count))
        let file = Data(word(header.count)) + header + Self.data
        try withFile(file) { _ = check($0, fileBytes: file.count) }
      }
    }
  }

  /// A header cut at every byte whose length word says so: the text ends early, the data is there.
  @Test(arguments: [false, true])
  func everyHonestTruncationOfTheHeaderThrows(keepsData: Bool) throws {
    let whole = Array(Self.header.utf8)
    let end = try #require(whole.lastIndex(of: UInt8(ascii: "}")))
    for length in 0...end {
      let file =
        Data(word(length)) + whole.prefix(length) + (keepsData ? Self.data : Data())
      try withFile(file) { url in
        _ = #expect(throws: SafetensorsFault.self, "\(length) bytes") { try SafetensorsFile(url) }
      }
    }
  }

  /// A file cut at every byte of header and data, as an interrupted download leaves it.
  @Test func everyTruncationOfTheFileThrows() throws {
    let whole = bytes(Self.header, Self.data)
    for length in 0..<whole.count {
      try withFile(whole.prefix(length)) { url in
        _ = #expect(throws: SafetensorsFault.self, "\(length) bytes") { try SafetensorsFile(url) }
      }
    }
  }

  @Test func headerLengthsAroundTheEdges() throws {
    let header = Array("{}".utf8)
    for length in [0, 1, 3, 1 << 31, 1 << 32, Int(Int32.max), 100_000_000, 100_000_001, Int.max] {
      try withFile(Data(word(length)) + header) { url in
        _ = #expect(throws: SafetensorsFault.self, "\(length)") { try SafetensorsFile(url) }
      }
    }
    // A length word of 2^64 − 8 would wrap around to 0.
    let wrap = withUnsafeBytes(of: (UInt64.max - 7).littleEndian) { Data($0) }
    try withFile(wrap + header) { url in
      let fault = #expect(throws: SafetensorsFault.self) { try SafetensorsFile(url) }
      #expect(fault?.description.contains("18446744073709551608") == true)
    }
    try withFile(Data(word(2)) + header) { try #expect(SafetensorsFile($0).tensors.isEmpty) }
  }

  @Test(
    arguments: [
      ("zero first", "U8", "[0,4294967296,4294967296]", "[0,0]", "overflows"),
      ("zero last", "U8", "[4294967296,4294967296,0]", "[0,0]", "overflows"),
      ("bytes only", "F64", "[2305843009213693952]", "[0,32]", "overflows"),
      ("2^63", "U8", "[9223372036854775808]", "[0,32]", "2^63"),
      ("offset 2^63", "U8", "[32]", "[0,9223372036854775808]", "2^63"),
      ("largest offset", "U8", "[32]", "[0,9223372036854775807]", "outside"),
      ("both largest", "U8", "[0]", "[9223372036854775807,9223372036854775807]", "outside"),
      ("negative offset", "U8", "[32]", "[-1,31]", "whole number"),
      ("negative zero", "U8", "[32]", "[-0,32]", "whole number"),
      ("plus", "U8", "[+32]", "[0,32]", "whole number"),
      ("point", "U8", "[32.0]", "[0,32]", "whole number"),
      ("true", "U8", "[true]", "[0,32]", "whole number"),
      ("text", "U8", "[\"32\"]", "[0,32]", "whole number"),
      ("null", "U8", "null", "[0,32]", "`[`"), ("nested", "U8", "[[32]]", "[0,32]", "whole number"),
      ("no offsets", "U8", "[32]", "[]", "0 data_offsets"),
      ("four bits", "F4", "[64]", "[0,32]", "unknown element type"),
      ("lower case", "f32", "[8]", "[0,32]", "did you mean `F32`"),
      ("empty type", "", "[8]", "[0,32]", "unknown element type"),
      ("too small", "I64", "[5]", "[0,32]", "wanted 40 bytes, got 32"),
    ])
  func refusesNumbersAndTypes(
    name: String, type: String, shape: String, offsets: String, words: String
  ) throws {
    try expectFault(
      #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#, words, name)
  }

  @Test(
    arguments: [
      (
        "same range",
        #""a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]},"b":{"dtype":"U8","shape":[32],"data_offsets":[0,32]}"#,
        "overlap"
      ),
      (
        "inside",
        #""a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]},"b":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}"#,
        "overlap"
      ),
      (
        "empty inside",
        #""a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]},"b":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}"#,
        "overlap"
      ),
      ("hole first", #""a":{"dtype":"U8","shape":[16],"data_offsets":[16,32]}"#, "bytes 0 to 16"),
      (
        "escaped twin",
        #""a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[32,32]}"#,
        "`a` is listed twice"
      ),
      (
        "escaped key",
        #""a":{"dtype":"U8","shape":[32],"sh\u0061pe":[32],"data_offsets":[0,32]}"#, "listed twice"
      ),
      ("two metadata", #""__metadata__":{},"__metadata__":{}"#, "listed twice"),
      ("metadata twin", #""__metadata__":{"k":"1","k":"2"}"#, "listed twice"),
      ("metadata list", #""__metadata__":[]"#, "`{`"), ("lone surrogate", #""\ud800":{}"#, "UTF-8"),
      ("entry null", #""a":null"#, "`{`"), ("colon", #""a"{}"#, "`:`"),
    ])
  func refusesLayouts(name: String, members: String, words: String) throws {
    try expectFault("{\(members)}", words, name)
  }

  @Test func acceptsWhatTheFormatAllows() throws {
    // Metadata may be null, as files of Python code without metadata have it.
    for metadata in ["null", "{}", #"{"format":"pt"}"#] {
      let file = try open(
        #"{"__metadata__":\#(metadata),"a":{"dtype":"U8","shape":[32],"data_offsets":[0,32]}}"#)
      #expect(file.tensors.count == 1)
    }
    // Empty tensors share a place, and their other axes may be long.
    let empty = try open(
      #"{"a":{"dtype":"F32","shape":[0,4294967296],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[8],"data_offsets":[0,32]},"c":{"dtype":"U8","shape":[3,0],"data_offsets":[32,32]}}"#
    )
    try #expect(empty.tensor("a").count == 0 && empty.tensor("c").count == 0)
  }

  /// Readable, so that a damaged model can be looked at; who computes with them must check.
  @Test func weightsThatAreNotNumbersAreRead() throws {
    let cases: [(String, [UInt8])] = [
      ("F32", [0, 0, 0xC0, 0x7F]), ("F16", [0, 0x7E]), ("BF16", [0xC0, 0x7F]), ("F8_E4M3", [0x7F]),
      ("F8_E5M2", [0x7F]), ("F8_E8M0", [0xFF]), ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]),
    ]
    for (type, bits) in cases {
      let file = try withFile(
        bytes(
          #"{"a":{"dtype":"\#(type)","shape":[1],"data_offsets":[0,\#(bits.count)]}}"#, Data(bits))
      ) { try SafetensorsFile($0) }
      #expect(try file.tensor("a").elements[0].isNaN, "\(type)")
    }
  }

  private func open(_ header: String) throws -> SafetensorsFile {
    try withFile(bytes(header, Self.data)) { try SafetensorsFile($0) }
  }

  private func expectFault(_ header: String, _ words: String, _ name: String) throws {
    let fault = #expect(throws: SafetensorsFault.self, "\(name)") { try open(header) }
    let text = fault?.description ?? "accepted"
    #expect(text.contains(words), "\(name): \(text)")
  }

  /// Whether the file is accepted; if so, every tensor lies inside it and can be read.
  private func check(_ url: URL, fileBytes: Int) -> Bool {
    let file: SafetensorsFile
    do throws(SafetensorsFault) {
      file = try SafetensorsFile(url)
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
    let data = file.dataBytes
    #expect(file.headerBytes.count + data.count == fileBytes)
    for (name, info) in file.tensors {
      let raw = file.rawBytes(info)
      #expect(info.bytes.lowerBound >= 0 && info.bytes.upperBound <= data.count)
      #expect(raw.count == info.shape.reduce(info.type.size, *))
      let tensor = try? file.tensor(name)
      #expect(tensor?.elements.count == info.shape.reduce(1, *))
      _ = try? file.integers(name)
    }
    return true
  }

  private func word(_ length: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(length).littleEndian) { Array($0) }
  }
}

/// Files whose headers are large: time, memory and messages stay bounded.
struct SafetensorsBoundsTests {
  @Test func manyTensorsAreReadInOneGo() throws {
    let count = 50_000
    let members = (0..<count).map { #""t\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }
    let file = try withFile(bytes("{\(members.joined(separator: ","))}", Data())) {
      try SafetensorsFile($0)
    }
    #expect(file.tensors.count == count)
  }

  /// A long name, type, number or list must not become a long message, nor a long search for the nearest name.
  @Test(arguments: headers.keys.sorted())
  func messagesAreShort(name: String) throws {
    let header = try #require(Self.headers[name])
    try withFile(bytes(header, Data([0]))) { url in
      let fault = #expect(throws: SafetensorsFault.self, "\(name)") { try SafetensorsFile(url) }
      #expect((fault?.description ?? "").utf8.count < 1_500, "\(name)")
    }
  }

  @Test func aMissingTensorAmongLongNamesIsReportedShortly() throws {
    let members = (0..<1_000).map {
      #""\#(String(repeating: "n", count: 2_000))\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#
    }
    try withFile(bytes("{\(members.joined(separator: ","))}", Data())) { url in
      let file = try SafetensorsFile(url)
      let fault = #expect(throws: SafetensorsFault.self) { try file.tensor("embeddings.weight") }
      #expect((fault?.description ?? "").utf8.count < 1_500)
    }
  }

  private static let long = String(repeating: "x", count: 2_000_000)
  private static let digits = String(repeating: "9", count: 2_000_000)
  private static let list = String(repeating: "1,", count: 500_000)
  private static let headers: [String: String] = [
    "type": #"{"a":{"dtype":"\#(long)","shape":[1],"data_offsets":[0,1]}}"#,
    "name": #"{"\#(long)":{"dtype":"F33","shape":[1],"data_offsets":[0,1]}}"#,
    "shape": #"{"a":{"dtype":"U8","shape":[\#(list)4294967296,4294967296],"data_offsets":[0,1]}}"#,
    "size": #"{"\#(long)":{"dtype":"U8","shape":[\#(list)9],"data_offsets":[0,1]}}"#,
    "key": #"{"a":{"\#(long)":1}}"#, "number": #"{"a":{"shape":[\#(digits)]}}"#,
    "offsets": #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[\#(list)1]}}"#,
    "twins": #"{"\#(long)":\#(entry),"\#(long)":\#(entry)}"#,
    "overlap": #"{"\#(long)":\#(entry),"b":\#(entry)}"#,
    "metadata": #"{"__metadata__":{"\#(long)":1}}"#,
    "spaces": String(repeating: " ", count: 2_000_000),
    "nothing": "{" + String(repeating: " ", count: 2_000_000),
  ]
  private static let entry = #"{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#
}

/// Writes into a file in place.
private struct Scratch: ~Copyable {
  private let descriptor: Int32

  init(_ url: URL) throws {
    descriptor = Foundation.open(url.path, O_WRONLY | O_CLOEXEC)
    try #require(descriptor >= 0)
  }

  func write(_ bytes: [UInt8], at position: Int) throws {
    let written = bytes.withUnsafeBytes {
      pwrite(descriptor, $0.baseAddress, $0.count, off_t(position))
    }
    try #require(written == bytes.count)
  }

  deinit { close(descriptor) }
}
