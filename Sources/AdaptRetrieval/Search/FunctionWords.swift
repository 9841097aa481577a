// Words that ask or connect: they tell nothing about what a question is about.

/// Terms that a query leaves out when it has others; an index keeps them.
///
/// English words by their stem. Chinese by character: a pair that holds a particle or a question
/// character ("什么", "哪些", "队的") is left out, the other characters still stand for themselves.
enum FunctionWords {
  static func contains(_ term: String) -> Bool {
    english.contains(term) || term.unicodeScalars.contains(where: chinese.contains)
  }

  private static let english: Set<String> = {
    let words = """
      a an and are as at be been but by can could did do does for from had has have how if in into \
      is it no not of on or should such that the their then there these they this to was were what \
      when where which who whom whose why will with would about
      """
    let stemmer = PorterStemmer()
    return Set(words.split(separator: " ").map { stemmer.stem(String($0)) })
  }()

  private static let chinese: Set<Unicode.Scalar> = ["的", "了", "吗", "呢", "么", "什", "哪", "谁"]
}
