// Files that are broken or hostile: an error that says where, never a trap and never endless memory.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

@Suite struct TokenizerFaultTests {
  private static func read(_ name: String) throws -> [UInt8] {
    let url = GoldenFixtures.folder.appendingPathComponent("\(name)/tokenizer.json")
    return Array(try Data(contentsOf: url))
  }

  @discardableResult
  private func tokenizer(_ bytes: [UInt8]) throws(TokenizerFault) -> Tokenizer {
    try bytes.withUnsafeBufferPointer { (bytes) throws(TokenizerFault) in
      try Tokenizer(json: bytes, path: "tokenizer.json")
    }
  }

  private func refusal(_ text: String) -> TokenizerFault? {
    do throws(TokenizerFault) {
      try tokenizer(Array(text.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["bpe_qwen", "spm_bpe", "unigram", "wordpiece"])
  func cutFilesAreRefused(_ name: String) throws {
    let bytes = try Self.read(name)
    let end = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
    for count in stride(from: 0, through: end, by: 61) {
      #expect(throws: TokenizerFault.self) { try tokenizer(Array(bytes[..<count])) }
    }
  }

  @Test(arguments: ["bpe_qwen", "spm_bpe", "unigram", "wordpiece"])
  func changedBytesNeverTrap(_ name: String) throws {
    let bytes = try Self.read(name)
    for place in stride(from: 0, to: bytes.count, by: 37) {
      for byte: UInt8 in [0x39, 0x22, bytes[place] ^ 0x10] {
        var spoiled = bytes
        spoiled[place] = byte
        guard let tokenizer = try? tokenizer(spoiled) else { continue }
        let ids = tokenizer.ids("Hello 12 é▁ [MASK]<s>")
        _ = tokenizer.decode(ids)
      }
    }
  }

  /// A byte-pair file with this vocabulary, these merges and these other parts.
  private static func file(_ vocabulary: String, _ merges: String = "[]", more: String = "")
    -> String
  {
    #"{"model": {"type": "BPE", "vocab": \#(vocabulary), "merges": \#(merges)}\#(more)}"#
  }

  @Test(arguments: [
    ("", "malformed JSON"), ("[]", "malformed JSON"), ("{}", "no `model`"),
    (#"{"model": {}}"#, "no `model.vocab`"), (file("{}"), "an empty vocabulary"),
    (file(#"{"a": 0, "a": 1}"#), "twice"), (file(#"{"a": 0, "b": 0}"#), "twice"),
    (file(#"{"a": -1}"#), "the number -1 is not"),
    (file(#"{"a": 1000000000000}"#), "the number 1000000000000 is not"),
    (file(#"{"a": 1e3}"#), "malformed JSON"), (file(#"{"a": 0.5}"#), "malformed JSON"),
    (file(#"{"a": 0, "b": 1}"#, #"["a b"]"#), "the merge `a b`"),
    (file(#"{"a": 0, "b": 1, "ab": 2}"#, #"["ab"]"#), "the merge `ab`"),
    (file(#"{"a": 0, "b": 1, "ab": 2}"#, #"[["a"]]"#), "malformed JSON"),
    (file(#"{"a": 0}"#, more: #", "normalizer": {"type": "Foo"}"#), "unknown normalizer"),
    (file(#"{"a": 0}"#, more: #", "pre_tokenizer": {"type": "UnicodeScripts"}"#), "unknown pre-"),
    (file(#"{"a": 0}"#, more: #", "decoder": {"type": "CTC"}"#), "unknown decoder"),
    (file(#"{"a": 0}"#, more: #", "post_processor": {"type": "Foo"}"#), "unknown post-processor"),
    (file(#"{"a": 0}"#, more: #", "normalizer": {"type": "Sequence"}"#), "wanted a list"),
    (file(#"{"a": 0}"#, more: #", "normalizer": 3"#), "no object with a `type`"),
    (
      file(#"{"a": 0}"#, more: #", "added_tokens": [{"id": 1000000000000, "content": "x"}]"#),
      "is not from 0"
    ),
    (
      file(#"{"a": 0}"#, more: #", "added_tokens": [{"id": 0, "content": "x"}]"#), "have the number"
    ),
    (
      file(
        #"{"a": 0}"#,
        more: #", "added_tokens": [{"id": 1, "content": "x"}, {"id": 1, "content": "y"}]"#),
      "twice"
    ),
    (#"{"model": {"type": "Foo", "vocab": {"a": 0}}}"#, "unknown tokenizer model"),
    (#"{"model": {"type": "WordPiece", "vocab": {"a": 0}}}"#, "lacks the token `[UNK]`"),
    (#"{"model": {"type": "Unigram", "vocab": [["a", 0]]}}"#, "unk_id"),
    (#"{"model": {"type": "Unigram", "unk_id": 7, "vocab": [["a", 0]]}}"#, "unk_id"),
    (#"{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", NaN]]}}"#, "malformed JSON"),
    (#"{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 1e999]]}}"#, "malformed JSON"),
    (#"{"model": {"type": "BPE", "dropout": 0.1, "vocab": {"a": 0}}}"#, "unknown dropout"),
  ])
  func hostileFilesSayWhatIsWrong(_ text: String, _ words: String) throws {
    let fault = try #require(refusal(text))
    #expect(fault.description.contains(words), "\(fault.description)")
  }

  @Test func unknownPartsNameTheKnown() throws {
    let text = Self.file(#"{"a": 0}"#, more: #", "decoder": {"type": "CTC"}"#)
    let diagnosis = try #require(refusal(text)).diagnosis
    #expect(diagnosis.got == "`CTC`")
    #expect(diagnosis.wanted?.contains("ByteFallback") == true)
  }

  @Test func deepSequencesAreRefused() {
    let open = String(repeating: #"{"type": "Sequence", "normalizers": ["#, count: 5_000)
    let text = Self.file(#"{"a": 0}"#, more: #", "normalizer": \#(open)"#)
    #expect(refusal(text) != nil)
  }

  @Test func anEmptyFolderNamesWhatItMayHold() {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let fault = #expect(throws: TokenizerFault.self) { try Tokenizer(folder: folder) }
    #expect(fault?.description.contains("tokenizer.json or tokenizer.model") == true)
  }

  @Test func namedTokensComeFromTheFilesBeside() throws {
    let folder = GoldenFixtures.folder.appendingPathComponent("spm_bpe")
    let tokenizer = try Tokenizer(folder: folder)
    #expect(tokenizer.special.bos == NamedTokens.Token("<s>", id: 1))
    #expect(tokenizer.special.eos == NamedTokens.Token("</s>", id: 2))
    #expect(tokenizer.special.unk == NamedTokens.Token("<unk>", id: 0))
    #expect(tokenizer.special.pad == NamedTokens.Token("<pad>", id: 339))
    #expect(tokenizer.kind == "SentencePiece BPE")
    #expect(tokenizer.isSpecial(1) && !tokenizer.isSpecial(300))
    #expect(tokenizer.size == 340)
    #expect(tokenizer.token(339) == "<pad>" && tokenizer.id(of: "▁t") != nil)
    #expect(tokenizer.token(340) == nil && tokenizer.token(-1) == nil)
  }
}
