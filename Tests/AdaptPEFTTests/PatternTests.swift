// Patterns for module paths: Python's meaning, and bounded time whatever they say.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import Testing

struct PatternTests {
  /// Whether a model with one module `path` has that module among what `pattern` means.
  private func matches(_ pattern: String, _ path: String) throws -> Bool {
    var model = StubModel(layers: 1)
    model.linear(path, 2, 2)
    model.linear("zzz", 2, 2)
    var configuration = LoRAConfiguration(rank: 1, alpha: 1)
    configuration.modules.targets = .some(.pattern("zzz|(?:" + pattern + ")"))
    return try LoRA(configuration).trainableCount(in: model.outline) > 4
  }

  @Test(arguments: [
    ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("a*", "aaa", true),
    ("a+b?", "aa", true), ("a+?b", "aab", true), ("", "a", false), ("a{2}", "aa", true),
    ("a{2}", "aaa", false), ("a{2,}", "aaaa", true), ("a{,2}", "aa", true),
    ("a{1,2}", "aaa", false),
    ("a.c", "abc", true), ("a\\.c", "abc", false), ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false),
    ("[]a]", "]", true), ("[a-]", "-", true), ("\\d+", "042", true), ("\\w+", "a_1", true),
    ("(ab|cd)+", "abcd", true), ("(?:ab|cd)", "cd", true), ("(?P<n>ab)", "ab", true),
    ("^ab$", "ab", true), ("a|b|", "b", true), ("(?!.*vision).*q", "text.q", true),
    ("(?!.*vision).*q", "vision.q", false), ("(?=t).*", "text", true),
    (".*\\bq\\b.*", "a.q.b", true),
    (".*\\bq\\b.*", "a.q_b", false), ("x{a}", "x{a}", true), ("(a?){3}", "aa", true),
    ("[\\d]{1,2}a", "12a", true), ("(a|ab)(c|bcd)", "abcd", true),
  ])
  func meansWhatPythonMeans(_ pattern: String, _ path: String, _ expected: Bool) throws {
    #expect(try matches(pattern, path) == expected, "\(pattern) on \(path)")
  }

  @Test(arguments: [
    "(a", "a)", "[a", "*a", "a**", "a{3,2}", "a{999}", "\\", "(?<=a)b", "(a)\\1", "(?P=n)", "[b-a]",
    "é", "(?!a(?!b))c", "a{2}{3}", "\\p", "(?P<n",
  ])
  func refusesWhatItCannotDo(_ pattern: String) throws {
    let fault = #expect(throws: PEFTFault.self) { try matches(pattern, "a") }
    #expect(fault?.diagnosis.what == "unusable `target_modules`")
    #expect(fault?.diagnosis.hint?.contains("at character") == true)
  }

  /// Each would keep a backtracking engine, or a naive compiler, busy for ever.
  @Test(arguments: [
    ("(a+)+b", true), ("(a*)*(a*)*b", true), ("((((a?){30}){30}){30}){30}b", false),
    ("(((((){99}){99}){99}){99}){99}", false), ("(.*.*.*.*.*)*b", true),
  ])
  func hostilePatternsEnd(_ pattern: String, _ isSmall: Bool) throws {
    let path = String(repeating: "a", count: 400)
    if isSmall {
      #expect(try matches(pattern, path) == false)
    } else {
      #expect(throws: PEFTFault.self) { try matches(pattern, path) }
    }
  }

  @Test func deepGroupsAreRefused() throws {
    let pattern = String(repeating: "(", count: 100_000)
    #expect(throws: PEFTFault.self) { try matches(pattern, "a") }
  }
}
