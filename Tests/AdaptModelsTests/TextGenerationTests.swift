// Generation over text with a vocabulary of single characters, so that every cut can be foreseen.
import AdaptGradients
import AdaptModels
import AdaptTestSupport
import Foundation
import Testing

struct TextGenerationTests {
  /// Token `n` is letter `n` of the alphabet; 21 and 22 are the halves of `é`.
  private struct Letters: TextCoder {
    var size = 23

    func ids(_ text: String, addingSpecialTokens: Bool) -> [Int32] {
      (addingSpecialTokens ? [1] : []) + text.utf8.map { Int32($0) - 97 }
    }

    func textStream() -> any TextStream { Stream() }

    struct Stream: TextStream {
      var half = false

      mutating func append(_ token: Int32) -> String {
        switch (token, half) {
        case (21, _):
          half = true
          return ""
        case (22, true):
          half = false
          return "é"
        default:
          defer { half = false }
          return (half ? "\u{FFFD}" : "")
            + (token == 22 ? "\u{FFFD}" : String(UnicodeScalar(UInt8(97 + token))))
        }
      }

      mutating func finish() -> String {
        defer { half = false }
        return half ? "\u{FFFD}" : ""
      }
    }
  }

  private static func generator(_ coder: Letters = Letters()) throws -> TextGenerator {
    let tiny = try TinyLlama()
    let model = try tiny.model()
    let defaults = try GenerationDefaults(
      folder: tiny.url, vocabulary: TinyLlama.vocabulary, special: SpecialNumbers(ends: [2]))
    return TextGenerator(model, coder: coder, defaults: defaults, context: 64)
  }

  private static func settings(_ generator: TextGenerator, seed: UInt64) -> GenerationSettings {
    var settings = generator.settings
    settings.sampling = SamplingSettings(temperature: 1.5, seed: seed)
    settings.maximumTokens = 40
    return settings
  }

  /// The text and the end of each row.
  private static func run(
    _ generation: TextGeneration
  ) throws -> [(text: String, finish: TextFinish?, pieces: [String])] {
    var rows: [Int: (text: String, finish: TextFinish?, pieces: [String])] = [:]
    while let pieces = try generation.next() {
      for piece in pieces {
        #expect(rows[piece.row]?.finish == nil)
        rows[piece.row, default: ("", nil, [])].text += piece.text
        rows[piece.row]?.pieces.append(piece.text)
        rows[piece.row]?.finish = piece.finish
      }
    }
    return rows.keys.sorted().compactMap { rows[$0] }
  }

  @Test func piecesAreTheWholeText() throws {
    let generator = try Self.generator()
    for seed in 0..<20 {
      var settings = Self.settings(generator, seed: UInt64(seed))
      settings.stopTokens = []
      let tokens = try TokenGeneration(
        generator.model, prompts: [generator.coder.ids("abc", addingSpecialTokens: true)],
        settings: settings)
      var stream = generator.coder.textStream()
      var text = ""
      while let next = try tokens.next() { text += next.map { stream.append($0.token) }.joined() }
      text += stream.finish()
      let ours = try Self.run(generator.generate(["abc"], settings: settings))[0]
      #expect(ours.text == text && ours.finish == .length)
    }
  }

  /// A stop string and its beginnings never come out, in every row on its own.
  @Test func stopStringsEndTheirRows() throws {
    let generator = try Self.generator()
    var ended = 0
    for seed in 0..<20 {
      var settings = Self.settings(generator, seed: UInt64(seed))
      settings.stopTokens = []
      let free = try Self.run(generator.generate(["a", "bc"], settings: settings)).map(\.text)
      let stop = String(free[0].dropFirst(5).prefix(3))
      let rows = try Self.run(
        generator.generate(["a", "bc"], settings: settings, stops: [stop, "!"]))
      for (row, whole) in zip(rows, free) {
        guard let range = whole.range(of: stop) else {
          #expect(row.text == whole && row.finish == .length)
          continue
        }
        ended += 1
        #expect(row.text == String(whole[..<range.lowerBound]))
        #expect(row.finish == .stopString(stop))
      }
    }
    #expect(ended >= 20)
  }

  @Test func aStopTokenIsNoText() throws {
    let generator = try Self.generator()
    var ends: Set<String> = []
    for seed in 0..<10 {
      let row = try Self.run(
        generator.generate(["a"], settings: Self.settings(generator, seed: UInt64(seed))))[0]
      #expect(!row.text.contains("c"))
      ends.insert(row.finish?.name ?? "")
    }
    #expect(ends.contains("stop token"))
  }

  /// Rows of the vocabulary that the tokenizer has no token for are never chosen.
  @Test func paddingOfTheVocabularyIsNeverChosen() throws {
    let generator = try Self.generator(Letters(size: 5))
    for seed in 0..<10 {
      let text = try Self.run(
        generator.generate(["a"], settings: Self.settings(generator, seed: UInt64(seed))))[0].text
      #expect(text.allSatisfy { "abde".contains($0) })
    }
  }

  @Test func cancellingGivesWhatWasHeldBack() throws {
    let generator = try Self.generator()
    var settings = Self.settings(generator, seed: 3)
    settings.stopTokens = []
    let free = try Self.run(generator.generate(["a"], settings: settings))[0].text
    let generation = try generator.generate(
      ["a"], settings: settings, stops: [String(free.prefix(4)) + "!"])
    var text = ""
    for _ in 0..<4 { text += try generation.next()?.map(\.text).joined() ?? "" }
    text += generation.cancel()[0] ?? ""
    #expect(free.hasPrefix(text) && text.count >= 3)
    #expect(try generation.next() == nil)
    #expect(generation.counts.newTokens == 4)
  }

  @Test func tokensAndTimesAreCounted() throws {
    let generator = try Self.generator()
    var settings = generator.settings
    (settings.maximumTokens, settings.stopTokens) = (5, [])
    let generation = try generator.generate(["abc", "b"], settings: settings)
    _ = try Self.run(generation)
    let counts = generation.counts
    #expect(counts.promptTokens == 6 && counts.newTokens == 10 && counts.decodedTokens == 8)
    #expect(counts.prefillSeconds > 0 && counts.decodeSeconds > 0 && counts.decodeRate > 0)
  }

  @Test func aStreamGivesTheSamePieces() async throws {
    let generator = try Self.generator()
    let settings = Self.settings(generator, seed: 1)
    let whole = try Self.run(generator.generate(tokens: [[1, 4, 5]], settings: settings))[0]
    var pieces: [String] = []
    for try await piece in generator.pieces(tokens: [1, 4, 5], settings: settings) {
      pieces.append(piece.text)
    }
    #expect(pieces == whole.pieces)
    await #expect(throws: GenerationFault.emptyPrompt(row: 0)) {
      for try await _ in generator.pieces(tokens: []) {}
    }
    // Reading can end at any piece, and the next generation starts.
    for try await _ in generator.pieces(tokens: [1], settings: settings) { break }
    for try await _ in generator.pieces(tokens: [1], settings: settings) { break }
  }
}

struct StopStringsTests {
  private static func text(_ pieces: [String], _ stops: [String]) -> (String, String?) {
    var filter = StopStrings(stops)
    var text = ""
    for piece in pieces {
      let found = filter.append(piece)
      text += found.text
      if let stop = found.stop { return (text, stop) }
    }
    return (text + filter.finish(), nil)
  }

  /// However a text is cut, the same comes out.
  @Test(arguments: [["</s>"], ["ab", "bcd"], ["\n\n", "é"], ["aaab"], [""], []])
  func cutsDoNotMatter(_ stops: [String]) {
    let texts = ["x</s>y", "</s", "aab bcd", "aabcd", "caf\u{e9} \n\n", "aaaaab", "", "</</s>"]
    for text in texts {
      let scalars = text.unicodeScalars.map { String($0) }
      let one = Self.text(scalars, stops)
      for size in 2...5 {
        let cut = stride(from: 0, to: scalars.count, by: size).map {
          scalars[$0..<min($0 + size, scalars.count)].joined()
        }
        let other = Self.text(cut, stops)
        #expect(one == other, "\(text) by \(size)")
      }
      let first = stops.filter { !$0.isEmpty }.compactMap { text.range(of: $0) }
      #expect((one.1 == nil) == first.isEmpty)
      for stop in stops where !stop.isEmpty { #expect(!one.0.contains(stop)) }
    }
  }

  @Test func textComesAsSoonAsItIsSure() {
    var filter = StopStrings(["stop", "st!"])
    #expect(filter.append("a s") == StopStrings.Found(text: "a ", stop: nil))
    #expect(filter.append("t") == StopStrings.Found(text: "", stop: nil))
    #expect(filter.append("ep s") == StopStrings.Found(text: "step ", stop: nil))
    #expect(filter.append("t!x") == StopStrings.Found(text: "", stop: "st!"))
    #expect(filter.finish() == "")
  }
}
