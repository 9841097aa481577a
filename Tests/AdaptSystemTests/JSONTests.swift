// The reader of JSON: what it gives, where it says that text breaks, and that nothing traps it.
import AdaptSystem
import Testing

@Suite struct JSONTests {
  private func parse(_ text: String) throws(JSONFault) -> JSONValue {
    try JSONValue(Array(text.utf8), path: "file.json")
  }

  @Test func readsEveryKind() throws {
    let text = #"""
       {"a": [1, -2, 3.5, 1e2, -0, 9223372036854775807, 18446744073709551616],
       "b": "x\n\"\\\/\u00e9\ud83d\ude00é", "c": {"d": null, "e": [true, false], "f": {}, "g": []}}
      """#
    let numbers: [JSONValue] = [
      .integer(1), .integer(-2), .number(3.5), .number(100), .integer(0), .integer(.max),
      .number(18_446_744_073_709_551_616),
    ]
    #expect(
      try parse(text)
        == .object([
          "a": .array(numbers), "b": .string("x\n\"\\/\u{e9}\u{1F600}é"),
          "c": .object([
            "d": .null, "e": .array([.boolean(true), .boolean(false)]), "f": .object([:]),
            "g": .array([]),
          ]),
        ]))
  }

  @Test(arguments: [
    ("", 0, "a value"), ("{", 1, "a key"), ("[1 2]", 3, "`,` or `]`"), ("[1,]", 3, "a value"),
    (#"{"a" 1}"#, 5, "`:`"), (#"{"a": 1,}"#, 8, "a key"), (#"{"a": 1 "b"}"#, 8, "`,` or `}`"),
    (#""ab"#, 3, "the end of a string"), (#""ab\"#, 4, "the end of a string"),
    ("\"\u{1}\"", 1, "no control character in a string"),
    (#""\ud800x""#, 7, "a pair of surrogates"),
    (#""\u12g4""#, 3, "four hexadecimal digits"), ("tru", 0, "true or false"), ("01", 2, "a value"),
    ("1.", 2, "digits behind the point"), ("1e", 2, "digits of an exponent"),
    ("1e999", 5, "a number of 64 bits"), ("1 2", 2, "nothing behind the value"),
    (#"{"a": 1, "a": 2}"#, 7, "the key `a` only once"),
    (String(repeating: "[", count: 100), 63, "at most 64 levels"),
  ])
  func saysWhereItBreaks(_ text: String, _ offset: Int, _ wanted: String) {
    let fault = #expect(throws: JSONFault.self) { try parse(text) }
    #expect(fault == JSONFault(path: "file.json", offset: offset, wanted: wanted))
  }

  @Test func brokenUTF8HasItsByte() {
    let fault = #expect(throws: JSONFault.self) {
      try JSONValue([0x22, 0x61, 0xFF, 0x22], path: "f")
    }
    #expect(fault == JSONFault(path: "f", offset: 2, wanted: "UTF-8"))
  }

  @Test func membersComeInTheirOrder() throws {
    let text = Array(#"{"z": 1, "a": [2, {"k": "v"}], "m": "\u0041", "n": null}"#.utf8)
    try text.withUnsafeBufferPointer { bytes in
      var scanner = try JSONScanner(bytes, path: "f")
      try scanner.openObject()
      var keys: [String] = []
      while let key = try scanner.nextKey() {
        keys.append(key)
        if key == "z" { #expect(try scanner.integer() == 1) } else { try scanner.skip() }
      }
      try scanner.finish()
      #expect(keys == ["z", "a", "m", "n"])
    }
  }

  @Test(arguments: ["1.5", "1e3", "01", "-", "9223372036854775808", "true", "\"1\""])
  func wholeNumbersOnly(_ text: String) {
    #expect(throws: JSONFault.self) {
      try Array(text.utf8).withUnsafeBufferPointer { bytes in
        var scanner = try JSONScanner(bytes, path: "f")
        return try scanner.integer()
      }
    }
  }

  /// Every cut and every changed byte of a text either reads or throws; skipping agrees with reading.
  @Test func spoiledTextNeverTraps() {
    let text = Array(
      #"{"a": [1, -2.5e-3, "\u00e9\ud83d\ude00\n", {"b": {}}, [], null], "c": true}"#.utf8)
    for i in text.indices {
      check(Array(text[..<i]))
      for byte: UInt8 in [0, 0x22, 0x5C, 0x7B, 0x5D, 0x2C, 0x80, 0xFF, text[i] ^ 1] {
        var spoiled = text
        spoiled[i] = byte
        check(spoiled)
      }
    }
  }

  private func check(_ bytes: [UInt8]) {
    let read: ()? = bytes.withUnsafeBufferPointer { bytes in
      try? {
        var scanner = try JSONScanner(bytes, path: "f")
        _ = try scanner.value()
        try scanner.finish()
      }()
    }
    let skipped: ()? = bytes.withUnsafeBufferPointer { bytes in
      try? {
        var scanner = try JSONScanner(bytes, path: "f")
        try scanner.skip()
        try scanner.finish()
      }()
    }
    // Only reading notices a key that stands twice.
    #expect((skipped != nil) || (read == nil))
  }
}
