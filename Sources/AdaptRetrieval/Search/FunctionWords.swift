// Words that ask or connect: they tell nothing about what a question is about.

/// The function words of English and Chinese, in two strengths.
///
/// Search leaves out those that only connect. Judging an answer leaves out those that only ask as well:
/// a passage need not say "please" or "something" to answer.
enum FunctionWords {
  /// Whether an analysed term is left out of a query that has others; an index keeps it.
  ///
  /// English words by their stem. Chinese by character: a pair that holds a particle or a question
  /// character ("什么", "哪些", "队的") is left out, the other characters still stand for themselves.
  static func contains(_ term: String) -> Bool {
    connectingStems.contains(term) || term.unicodeScalars.contains(where: chinese.contains)
  }

  /// Whether a lower-cased English word only connects or asks.
  static func isAsking(_ word: String) -> Bool {
    connecting.contains(word) || asking.contains(word)
  }

  private static let connecting = words(
    """
    a an and are as at be been but by can could did do does for from had has have how if \
    in into is it no not of on or should such that the their then there these they this to \
    was were what when where which who whom whose why will with would about
    """)

  private static let connectingStems: Set<String> = {
    let stemmer = PorterStemmer()
    return Set(connecting.map { stemmer.stem($0) })
  }()

  private static let asking = words(
    """
    those its i im me my mine we us our you your he she them being am doing done shall may \
    might must whats than nor so onto without within over under between here any some all \
    each every both only just also too very much many more most less least few own same \
    other another tell please give get got let make made want need know mean means kind \
    sort way thing things something anything because while during still even ever actually \
    really instead
    """)

  private static let chinese: Set<Unicode.Scalar> = ["的", "了", "吗", "呢", "么", "什", "哪", "谁"]

  /// Chinese phrases that only ask or connect, longest first, so that `为什么` goes before `什么`.
  static let chinesePhrases: [String] = words(
    """
    为什么 是什么 什么时候 什么样 怎么样 怎么办 有什么 有哪些 请问 什么 怎么 怎样 如何 \
    为何 何时 哪些 哪个 哪种 哪一 哪里 多少 多大 几个 是否 能否 可否 能不能 可不可以 \
    是不是 有没有 应该 可以 需要 我们 你们 他们 我的 一个 一种 这个 那个 以及 还是 或者 \
    如果 但是 因为 所以 时候 的话 才能 比较 吗 呢 吧 啊 的 了 着 过 我 你 它 和 与 在 是 \
    把 被 让 给 对 从 到 就 都 也 很 更 最 会 要 请 该 哪
    """
  ).sorted { ($0.count, $0) > ($1.count, $1) }

  private static func words(_ list: String) -> Set<String> {
    Set(list.split(separator: " ").map(String.init))
  }
}
