// Templates that were cut or damaged throw or render; nothing traps.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

@Suite struct TemplateFuzzTests {
  private struct Random: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  private let limits = {
    var limits = TemplateLimits()
    limits.steps = 20_000
    return limits
  }()

  /// All templates of the cases in one text each, and those built in.
  private func texts() throws -> [(String, [String: TemplateValue])] {
    let cases = try TemplateCase.read(TemplateJSON.fixtures.appendingPathComponent("cases.jsonl"))
    let messages: TemplateValue = [
      ["role": "system", "content": "s"], ["role": "user", "content": "u"],
      ["role": "assistant", "content": [["type": "text", "text": "a"]]],
    ]
    return cases.map { ($0.template, $0.variables) }
      + BuiltInTemplates.names.compactMap(BuiltInTemplates.text).map {
        ($0, ["messages": messages, "bos_token": "<s>", "eos_token": "</s>"])
      }
  }

  @Test func cutTemplatesThrowOrRender() throws {
    for (text, variables) in try texts() {
      let bytes = Array(text.utf8)
      for end in bytes.indices {
        _ = words(String(decoding: bytes[..<end], as: UTF8.self), variables, limits: limits)
      }
    }
  }

  @Test func damagedTemplatesThrowOrRender() throws {
    var random = Random(state: 7)
    let marks = Array("{}%#-+()[]'\"\\|.,:~*/=<>! \n09azé".utf8)
    for (text, variables) in try texts() {
      for _ in 0..<60 {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          guard let place = bytes.indices.randomElement(using: &random) else { continue }
          bytes[place] =
            Bool.random(using: &random)
            ? UInt8.random(in: 0...255, using: &random)
            : marks.randomElement(using: &random) ?? 0
        }
        _ = words(String(decoding: bytes, as: UTF8.self), variables, limits: limits)
      }
    }
  }

  /// Expressions put together at random, so that every operator meets every kind of value.
  @Test func randomExpressionsThrowOrRender() throws {
    var random = Random(state: 11)
    let atoms = [
      "1", "-9223372036854775807", "9223372036854775807", "0", "2.5", "1e308", "'aé'", "''",
      "none", "true", "[1,'a']", "[]", "(1,)", "{'a':1}", "missing", "range", "ns", "loop", "m",
    ]
    let joins = [
      "+", "-", "*", "/", "//", "%", "**", "~", "==", "<", ">=", "in", "not in", "and", "or", "if",
      "|join", "|round", "|int", "|sort", "|sum", "|tojson", "|list", "|length", "|indent", "|abs",
      "|dictsort", "|unique", "|map('upper')", "|default", "[", "[::", "is", "is divisibleby",
      "|batch", "|first", "|items", "|string", "|trim", "|replace",
    ]
    for _ in 0..<4000 {
      var text = atoms.randomElement(using: &random) ?? ""
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let join = joins.randomElement(using: &random) ?? ""
        let atom = atoms.randomElement(using: &random) ?? ""
        let closes = join.hasPrefix("[") ? "]" : ""
        let name = ["odd", "string", "in", "none"].randomElement(using: &random) ?? ""
        if join == "is" {
          text = "(\(text)) is \(name) \(atom)"
        } else if join.hasPrefix("|") {
          text = "(\(text))\(join)"
        } else {
          text = "(\(text)) \(join) \(atom)\(closes)"
        }
      }
      let template =
        "{% set ns = namespace(a=1) %}{% macro m(x) %}{{ x }}{% endmacro %}"
        + "{% for i in [1] %}{{ \(text) }}{% endfor %}"
      _ = words(template, [:], limits: limits)
    }
  }
}
