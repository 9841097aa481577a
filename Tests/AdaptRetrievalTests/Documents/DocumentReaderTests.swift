import AdaptRetrieval
import Foundation
import Testing

/// The formats that are read natively.
struct DocumentReaderTests {
  private let sandbox: DocumentSandbox

  init() throws {
    sandbox = try DocumentSandbox()
  }

  private typealias Block = ExtractedDocument.Block

  @Test func readsMarkdownBlocksWithTheirLines() async throws {
    let text = """
      # Low-rank *adaptation*

      It trains [two matrices](https://x.y/z) with `r_1` and **few**
      weights: snake_case stays, 2 * 3 too.

      ## When to use
      - first item
        goes on
      - second &amp; last
      1. numbered

      ```swift
      let a = *b*
        indented()
      ```

      | Method | Share |
      |:--|--:|
      | LoRA | 0.5 % |
      | `IA3` | |

      Underlined
      ----------
      > quoted words
      <!-- gone
      -->
      ![A picture](p.png) $W + a_1 * b_2 *c*$
      """
    let read = try await sandbox.document(text, named: "a.md")
    let expected = [
      Block(.heading(level: 1), "Low-rank adaptation", lines: 1...1),
      Block(
        .paragraph,
        "It trains two matrices with r_1 and few\\nweights: snake_case stays, 2 * 3 too."
          .replacing("\\n", with: "\n"), lines: 3...4),
      Block(.heading(level: 2), "When to use", lines: 6...6),
      Block(.listItem, "- first item\ngoes on", lines: 7...8),
      Block(.listItem, "- second & last", lines: 9...9),
      Block(.listItem, "1. numbered", lines: 10...10),
      Block(.code, "let a = *b*\n  indented()", lines: 13...14),
      Block(.tableRow, "Method: LoRA; Share: 0.5 %", lines: 19...19),
      Block(.tableRow, "Method: IA3", lines: 20...20),
      Block(.heading(level: 2), "Underlined", lines: 22...23),
      Block(.paragraph, "quoted words", lines: 24...24),
      Block(.paragraph, "A picture $W + a_1 * b_2 *c*$", lines: 27...27),
    ]
    #expect(read.document == ExtractedDocument(title: "Low-rank adaptation", blocks: expected))
    #expect(read.format == "markdown")
    #expect(read.encoding == .utf8)
  }

  @Test func takesTitleAndNamesFromFrontMatter() async throws {
    let text = """
      ---
      id: lora
      name: LoRA
      full_name: "Low-Rank Adaptation"
      aliases: [低秩适应, 'low rank', LoRa]
      cost: { memory: 3 }
      tags:
        - peft
        - { en: adapters, zh: 适配器 }
      ---
      # LoRA

      Body.
      """
    let document = try await sandbox.document(text, named: "card.md").document
    #expect(document.title == "LoRA (Low-Rank Adaptation)")
    let names = "Also known as: 低秩适应, low rank, LoRa. Tags: peft, adapters, 适配器."
    #expect(document.blocks.first == Block(.paragraph, names, lines: 1...10))
    #expect(document.blocks.last == Block(.paragraph, "Body.", lines: 13...13))
  }

  @Test func readsHTMLHoweverBroken() async throws {
    let text = """
      <!DOCTYPE html><html><head><title>A &amp; B</title><style>p{}</style>
      <script>if (a < b) "</p>"</script></head><body><nav><ul><li>Menu</ul></nav>
      <h1>Top</h1><p>One <b>bold</b>
      line &lt; two &#8212; &unknown; <br>end<p>Second 5 < 6
      <ul><li>item one<li><p>item two</p></ul>
      <table><tr><th>Name<th>Size<tr><td>LoRA<td>small</table>
      <pre>
      a  b
        c
      </pre><div class="x>y">Tail <a href='open>never closed
      """
    let document = try await sandbox.document(text, named: "a.html").document
    #expect(document.title == "A & B")
    #expect(
      document.blocks.map(\.text) == [
        "Top", "One bold line < two — &unknown; end", "Second 5 < 6", "item one", "item two",
        "Name; Size", "Name: LoRA; Size: small", "a  b\n  c", "Tail never closed",
      ])
    #expect(document.blocks[1].lines == 3...4)
    #expect(document.blocks[3].kind == .listItem)
    #expect(document.blocks[4].kind == .listItem)
    #expect(document.blocks[6].kind == .tableRow)
    #expect(document.blocks[7].kind == .code)
  }

  @Test func keepsAPageWhoseNavigationNeverEnds() async throws {
    let document = try await sandbox.document("<nav><a>x</a><p>All of it", named: "a.html").document
    #expect(document.blocks.map(\.text).joined(separator: " ").contains("All of it"))
  }

  @Test func cutsSourceCodeAtDeclarations() async throws {
    let text = """
      import Foundation

      /// Adds.
      @inlinable
      public func add() {
        x()

        y()
      }
      struct A {
        func inner() {}
      }
      """
    let blocks = try await sandbox.document(text, named: "a.swift").document.blocks
    #expect(blocks.map(\.lines) == [1...1, 3...9, 10...12])
    #expect(blocks.allSatisfy { $0.kind == .code })
    #expect(blocks[1].text.hasPrefix("/// Adds.\n@inlinable"))
  }

  @Test func repeatsTheHeaderInEveryRecord() async throws {
    let text = "name,note\nLoRA,\"small, \"\"cheap\"\"\nand fast\"\n\nIA3,\nA,b,c\n"
    let read = try await sandbox.document(text, named: "a.csv")
    #expect(
      read.document.blocks == [
        Block(.record, "name: LoRA; note: small, \"cheap\" and fast", lines: 2...3),
        Block(.record, "name: IA3", lines: 5...5),
        Block(.record, "name: A; note: b; column 3: c", lines: 6...6),
      ])
    #expect(read.warnings == ["1 rows have more or fewer fields than the header"])
  }

  @Test func readsOtherSeparatorsAndTablesWithoutHeader() async throws {
    let semicolons = try await sandbox.document("a;b\n1,5;x\n", named: "b.csv").document
    #expect(semicolons.blocks.map(\.text) == ["a: 1,5; b: x"])
    let tabs = try await sandbox.document("1\t2\n3\t4\n", named: "c.tsv").document
    #expect(tabs.blocks.map(\.text) == ["column 1: 1; column 2: 2", "column 1: 3; column 2: 4"])
  }

  @Test func keepsRowsBehindAQuoteThatNeverEnds() async throws {
    let rows = (0..<500).map { "r\($0),v\($0)" }.joined(separator: "\n")
    let read = try await sandbox.document("a,b\nx,\"open\n\(rows)", named: "d.csv")
    #expect(read.document.blocks.count == 501)
    #expect(read.document.blocks[0].text == "a: x; b: \"open")
    #expect(read.warnings == ["line 2: a quote is never closed, the line is taken as it is"])
  }

  @Test func readsJSONAsRecordsWithKeyPaths() async throws {
    let text = """
      {
        "version": 2,
        "data": [
          {"title": "LoRA", "tags": ["a", "b"], "deep": {"x": "\\u4e2d\\ud83d\\ude00", "n": null}},
          {"title": "IA3",
           "ok": true}
        ],
        "note": "line\\nbreak"
      }
      """
    let read = try await sandbox.document(text, named: "a.json")
    #expect(
      read.document.blocks == [
        Block(.record, "version: 2", lines: 2...2),
        Block(.record, "data.title: LoRA\ndata.tags: a, b\ndata.deep.x: 中😀", lines: 4...4),
        Block(.record, "data.title: IA3\ndata.ok: true", lines: 5...6),
        Block(.record, "note: line break", lines: 8...8),
      ])
  }

  @Test func keepsJSONLinesThatAreBroken() async throws {
    let read = try await sandbox.document(
      "{\"q\": \"a\", \"l\": [{\"z\": 1}]}\n{broken\n\n[\"b\"]\n", named: "a.jsonl")
    #expect(
      read.document.blocks == [
        Block(.record, "q: a\nl.z: 1", lines: 1...1), Block(.record, "{broken", lines: 2...2),
        Block(.record, "b", lines: 4...4),
      ])
    #expect(read.warnings == ["line 2: a quoted text is missing, taken as plain text"])
  }

  @Test(arguments: [
    "{\"a\": 1,}", "[1 2]", "[1", "{\"a\"}", "nope", "[01x]", "\"\\u12\"", "{\"a\":1} x", "[,1]",
    "{\"a\": \"one control character \u{1} among many other letters that are text\"}", "]",
  ])
  func takesBrokenJSONAsText(text: String) async throws {
    let read = try await sandbox.document(text, named: "broken.json")
    #expect(read.document.blocks.map(\.text).joined() == text)
    #expect(read.warnings.count == 1)
  }

  @Test func bearsDeepNesting() async throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(try await sandbox.document(deep, named: "deep.json").warnings.count == 1)
    let html = String(repeating: "<div><b>", count: 50_000) + "word"
    #expect(try await sandbox.document(html, named: "d.html").document.blocks.first?.text == "word")
    let quotes = String(repeating: ">", count: 20_000) + " word"
    #expect(try await sandbox.document(quotes, named: "d.md").document.blocks.count == 1)
    let brackets = String(repeating: "[", count: 20_000) + "x"
    #expect(try await sandbox.document(brackets, named: "e.md").document.blocks.count == 1)
  }

  @Test func keepsSettingsByTheirKeys() async throws {
    let text = "# top\na:\n  b: 1\n\n  c: 2\nd: 3\n"
    let blocks = try await sandbox.document(text, named: "a.yaml").document.blocks
    #expect(blocks.map(\.lines) == [1...5, 6...6])
  }

  @Test func tellsUnchangedFilesByTheirHash() async throws {
    let first = try await sandbox.document("text", named: "a.txt")
    let file = DiscoveredFile(path: sandbox.path + "/a.txt", bytes: 4)
    #expect(try await DocumentReader().read(file, unlessHash: first.hash) == .unchanged)
    try sandbox.write("texT", to: "a.txt")
    guard case .document = try await DocumentReader().read(file, unlessHash: first.hash) else {
      Issue.record("a changed file must be read again")
      return
    }
  }

  @Test func namesWhyAFileIsSkipped() async throws {
    try sandbox.write([0x7F, 0x45, 0x4C, 0x46, 0, 1], to: "program")
    try sandbox.write([], to: "empty.md")
    try sandbox.write("---\n---\n", to: "nothing.md")
    #expect(try await sandbox.read("program") == .skipped(.binary))
    #expect(try await sandbox.read("empty.md") == .skipped(.empty))
    #expect(try await sandbox.read("nothing.md") == .skipped(.empty))
    #expect(try await sandbox.read("") == .skipped(.notAFile))
    guard case .skipped(.unreadable) = try await sandbox.read("gone.md") else {
      Issue.record("a file that has gone is unreadable")
      return
    }
  }

  /// A file that says it is empty and fails when it is read.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/mem"), "no /proc"))
  func survivesAFileThatCannotBeRead() async throws {
    let file = DiscoveredFile(path: "/proc/self/mem", bytes: 0)
    guard case .skipped(.unreadable) = try await DocumentReader().read(file) else {
      Issue.record("/proc/self/mem cannot be read from its start")
      return
    }
  }

  @Test func refusesAGigabyteBeforeReadingIt() async throws {
    try sandbox.write("x", to: "huge.log")
    #expect(truncate(sandbox.path + "/huge.log", 1 << 30) == 0)
    let outcome = try await sandbox.read("huge.log")
    #expect(outcome == .skipped(.tooLarge(bytes: 1 << 30, limit: 64 << 20)))
  }

  @Test func stopsWhenCancelled() async throws {
    try sandbox.write("text", to: "a.txt")
    let file = DiscoveredFile(path: sandbox.path + "/a.txt", bytes: 4)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await DocumentReader().read(file)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
