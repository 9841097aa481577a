// What faults say, with line and column, and the limits that stop a template.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

@Suite struct TemplateFaultTests {
  @Test(arguments: [
    (
      "a\n  {% include 'x' %}",
      "the chat template uses the statement `include`, which is not supported - t:2:3"
        + "\n\nhint: choose another template with --chat-template NAME|FILE"
    ),
    (
      "{% for a in [1] recursive %}{% endfor %}",
      "the chat template uses a recursive loop (`recursive`), which is not supported - t:1:17"
        + "\n\nhint: choose another template with --chat-template NAME|FILE"
    ),
    (
      "é{{ [1]|batch(2) }}",
      "the chat template uses the filter `batch`, which is not supported - t:1:9"
        + "\n\nhint: choose another template with --chat-template NAME|FILE"
    ),
    (
      "{{ cycler('a') }}",
      "the chat template uses the function `cycler`, which is not supported - t:1:10"
        + "\n\nhint: choose another template with --chat-template NAME|FILE"
    ),
    (
      "{{ 'x'.zfill(3) }}",
      "the chat template uses the method `zfill`, which is not supported - t:1:7"
        + "\n\nhint: choose another template with --chat-template NAME|FILE"
    ),
    (
      "{{ '%s' % 1 }}",
      "the chat template uses text formatted with `%`, which is not supported - t:1:9"
        + "\n\nhint: choose another template with --chat-template NAME|FILE"
    ),
    ("{% if a %}", "malformed chat template: the `if` that opens here is never closed - t:1:1"),
    ("\n{{ 1 + }}", "malformed chat template: wanted an expression, got `}}` - t:2:8"),
    ("{{ 'a }}", "malformed chat template: the string is never closed with `'` - t:1:4"),
    ("{{ a", "malformed chat template: the tag that opens here is never closed - t:1:1"),
    ("{{ a.b.c }}", "cannot render the chat template: `a` is undefined, so it has no `b` - t:1:5"),
    (
      "{{ 1 + 'a' }}",
      "cannot render the chat template: `+` does not take an integer and a string - t:1:6"
    ),
    (
      "{{ 'a'|uper }}",
      "cannot render the chat template: no filter is named `uper`. did you mean `upper`? One of: "
        + "abs, capitalize, count, d, default, dictsort, e, escape, first, float, indent, int,"
        + " items, join, last, length, list, lower, map, max, min, reject, rejectattr, replace,"
        + " reverse, round, safe, select, selectattr, sort, string, sum, title, tojson, trim,"
        + " unique, upper - t:1:8"
    ),
    (
      "{{ raise_exception('System role not supported') }}",
      "the chat template refuses these messages: System role not supported - t:1:19\n\nhint: leave"
        + " the system message out, or put its text in front of the first user message"
    ),
    (
      "{{ 9223372036854775807 + 1 }}",
      "cannot render the chat template: the number is too large - t:1:24"
    ),
  ])
  func faultsNameTheirPlace(template: String, wanted: String) {
    #expect(words(template) == wanted)
  }

  // MARK: Limits

  @Test(arguments: [
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 999999999 }}",
    "{{ [0] * 999999999999 }}",
    "{% set n = namespace(t='ab') %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}",
    "{% set n = namespace(t='a') %}{% for i in range(9999) %}{% set n.t = n.t ~ 'aaaaaaaaaaaaaaaaaaaaaaaaaa"
      + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% endfor %}",
    "{% set n = namespace(l=['a']) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}",
    "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}",
    "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}"
      + "{{ n.l|tojson }}",
    "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}{% endfor %}"
      + "{{ n.l == [n.l, n.l] or n.l == n.l }}",
    "{{ ('a' * 100000).replace('a', 'b' * 100000) }}",
    "{{ ('a' * 100000).replace('', 'b' * 100000) }}",
    "{{ ('{0}' * 100000).format('b' * 100000) }}",
    "{{ ('b' * 100000).join(['a'] * 100000) }}",
    "{{ ('\\n' * 1000000)|indent(1000) }}",
    "{{ (range(3000)|list)|unique|list }}",
  ])
  func workIsBounded(template: String) {
    let said = words(template)
    #expect(
      said.hasPrefix(
        "the chat template was stopped: it takes too many steps: wanted at most 4000000"),
      "\(said.prefix(200))")
    #expect(said.contains("hint: it may loop or recurse without end"))
  }

  /// Found by random expressions: it ran on for a time as long as the number.
  @Test func nothingCanBeRepeatedWithoutEnd() {
    #expect(words("{{ '' * 9223372036854775807 }}{{ [] * 9223372036854775807 }}") == "[]")
  }

  @Test func recursionIsBounded() {
    let said = words("{% macro m() %}\n{{ m() }}{% endmacro %}{{ m() }}")
    #expect(
      said.hasPrefix(
        "the chat template was stopped: it is nested too deeply or a macro calls itself without"
          + " end: wanted at most 160 - t:"))
    let both = words(
      "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}")
    #expect(both.contains("nested too deeply"))
  }

  @Test func outputIsBounded() {
    var limits = TemplateLimits()
    limits.bytes = 1000
    let said = words("{% for i in range(999) %}abc{% endfor %}", limits: limits)
    #expect(said.hasPrefix("the chat template was stopped: it writes too many bytes"))
    #expect(said.contains("wanted at most 1000"))
    let long = words("{{ range(100001) }}")
    #expect(long.contains("a `range` is too long: wanted at most 100000"))
  }

  @Test func valuesAreNotTooDeep() {
    let said = words(
      "{% set n = namespace(l=[]) %}{% for i in range(999) %}{% set n.l = [n.l] %}{% endfor %}")
    #expect(said.contains("lists and mappings are nested too deeply: wanted at most 80"))
    var value: TemplateValue = 1
    for _ in 0..<200 { value = .list(TemplateList([value])) }
    #expect(words("{{ v }}", ["v": value]).contains("nested too deeply"))
  }

  /// Every way of nesting, on a thread with a small stack.
  @Test func nestingDoesNotOverflowTheStack() async {
    let n = 20_000
    func repeated(_ text: String) -> String { String(repeating: text, count: n) }
    let templates = [
      "{{ " + repeated("(") + "1" + repeated(")") + " }}", "{{ " + repeated("["),
      "{{ " + repeated("not ") + "1 }}", "{{ " + repeated("-") + "1 }}",
      "{{ " + repeated("{'a':"), repeated("{% if 1 %}"), repeated("{% for a in b %}"),
      "{{ 1" + repeated(" + 1") + " }}", "{{ a" + repeated(".a") + " }}",
      "{{ a" + repeated("|trim") + " }}", "{{ a" + repeated("[0]") + " }}",
      "{{ a" + repeated(" and a") + " }}", "{{ a" + repeated(" if a else a") + " }}",
      "{{ a" + repeated("(a") + " }}", "{{ a" + repeated(" is in a") + " }}",
      "{{ a" + repeated("()") + " }}", repeated("{% filter trim %}"),
      repeated("{% macro m() %}"), repeated("{% set x %}"), repeated("{% generation %}"),
      "{% macro m(x) %}{{ ((((((((((m([[[[[[x]]]]]]))))))))))) }}{% endmacro %}{{ m(1) }}",
    ]
    let said = await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: templates.map { words($0) }) }
      thread.stackSize = 512 << 10
      thread.start()
    }
    for text in said {
      #expect(text.contains("too deeply") || text.contains("malformed"), "\(text.prefix(200))")
    }
  }
}
