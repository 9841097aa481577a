// What becomes a keyword, and what does not.
import AdaptRetrieval
import Foundation
import Testing

@Suite struct AnalyzerTests {
  let analyzer = TextAnalyzer()

  /// Words and stems given by Snowball's own English stemmer.
  @Test func stemsAsSnowballDoes() throws {
    let stemmer = PorterStemmer()
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let file = folder.appendingPathComponent("Fixtures/english-stems.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 130)
    for line in lines {
      let pair = line.split(separator: " ").map(String.init)
      #expect(stemmer.stem(pair[0]) == pair[1])
    }
  }

  @Test(arguments: ["", "a", "café", "ABC", "don't", "yyyy", "ing", "eed", "sss", "ied"])
  func stemsOddWordsWithoutFault(_ word: String) {
    #expect(PorterStemmer().stem(word).utf8.count <= word.utf8.count + 1)
  }

  @Test(arguments: [
    ("Adapting LARGE models", ["adapt", "larg", "model"]),
    (
      "the panther's claw, the students’ essays",
      ["the", "panther", "claw", "the", "student", "essay"]
    ),
    ("l'homme", ["l", "homm"]),
    ("Größe naïve Æsir São", ["gross", "naiv", "aesir", "sao"]),
    ("q_proj", ["q", "proj", "qproj"]),
    ("LoRA-r8", ["lora", "r8", "lorar8"]),
    ("BitFit", ["bit", "fit", "bitfit"]),
    ("HTMLParser", ["html", "parser", "htmlparser"]),
    ("QLoRA PyTorch", ["qlora", "pytorch"]),
    ("0.41", ["0", "41"]),
    ("fine-tuning", ["fine", "tune", "finetun"]),
    ("ＡＢＣ１２ ﬁne", ["abc12", "fine"]),
    ("e\u{301}tude", ["etud"]),
    ("Ёлка ЁЛКА", ["ёлка", "ёлка"]),
    ("... -- _ ' ’ \u{0}", []),
    ("", []),
  ])
  func givesTerms(_ text: String, _ terms: [String]) {
    #expect(analyzer.terms(text) == terms)
  }

  @Test func partsChineseIntoCharactersAndPairs() {
    #expect(analyzer.terms("知识库") == ["知", "知识", "识", "识库", "库"])
    #expect(analyzer.terms("用LoRA微调") == ["用", "lora", "微", "微调", "调"])
    #expect(analyzer.terms("日本語カタカナ・한국어").contains("タカ"))
    #expect(analyzer.terms("한국어") == ["한", "한국", "국", "국어", "어"])
    #expect(!analyzer.terms("猫。狗").contains("猫狗"))
  }

  /// The words that other tokenizers lose: two-character Chinese words, and Latin glued to Chinese.
  @Test(arguments: ["微调", "知识库", "灾难性遗忘", "LoRA", "检索增强"])
  func findsChineseAndGluedLatin(_ query: String) {
    let texts = [
      "我们用LoRA微调大模型，避免灾难性遗忘。", "知识库更新频繁时，检索增强生成比微调更合适。", "The weather is fine today.",
    ]
    let index = BM25Index()
    index.upsert(
      texts.enumerated().map {
        KeywordRow(id: Int64($0), collection: 1, title: "", headings: "", body: $1)
      })
    let hits = index.search(analyzer.queryTerms(query), k: 10, filter: SearchFilter())
    let holders = texts.indices.filter { texts[$0].contains(query) }.map(Int64.init)
    #expect(!holders.isEmpty)
    #expect(Set(hits.prefix(holders.count).map(\.id)) == Set(holders))
  }

  @Test func leavesFunctionWordsOutOfQueriesOnly() {
    #expect(analyzer.queryTerms("What is the rank of LoRA, the rank?") == ["rank", "lora", "rank"])
    #expect(analyzer.queryTerms("to be or not to be") == ["to", "be", "or", "not", "to", "be"])
    #expect(analyzer.queryTerms("什么是微调") == ["是", "是微", "微", "微调", "调"])
    #expect(analyzer.terms("what is it") == ["what", "is", "it"])
    #expect(analyzer.queryTerms("?!").isEmpty)
  }

  @Test func joinsOnlyIdentifiersInQuestions() {
    #expect(analyzer.queryTerms("boundary-layer") == ["boundari", "layer"])
    #expect(
      analyzer.queryTerms("q_proj LoRA-r8") == ["q", "proj", "qproj", "lora", "r8", "lorar8"])
    #expect(analyzer.queryTerms("a_b plain-words") == ["b", "ab", "plain", "word"])
  }

  /// A store may keep terms between spaces and quote them in a query language.
  @Test func termsHoldNoSpacesQuotesOrOperators() {
    let text = "a\"b' OR (x*) {y}:z\t\u{a0}\u{3000}q^2 NEAR/3 \u{0} 你\"好 ½ ﷺ ß\u{1F600}"
    for term in analyzer.terms(text) {
      #expect(!term.isEmpty)
      let plain = term.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
          || $0.properties.generalCategory == .nonspacingMark
      }
      #expect(plain, "\(term)")
    }
  }

  @Test func cutsEndlessWordsAndLongCompounds() {
    let word = String(repeating: "ab", count: 5000)
    #expect(analyzer.terms(word).map(\.count) == [TextAnalyzer.longestWord])
    let path = Array(repeating: "part", count: 100).joined(separator: "-")
    #expect(analyzer.terms(path).count == 100)
  }
}
