// The token numbers that a configuration gives a meaning.

/// Tokens that begin, end and fill sequences.
package struct SpecialNumbers: Sendable, Equatable {
  package var begin: Int?
  /// Any of them ends a text; empty when none does.
  package var ends: [Int]
  package var padding: Int?

  package init(begin: Int? = nil, ends: [Int] = [], padding: Int? = nil) {
    self.begin = begin
    self.ends = ends
    self.padding = padding
  }
}

extension ConfigurationFile {
  /// `bos_token_id`, `eos_token_id` (a number or a list) and `pad_token_id`, all within the vocabulary.
  ///
  /// An absent key takes the one of `absent` where the vocabulary has it; null means that there is none.
  func specialNumbers(
    vocabulary: Int, absent: SpecialNumbers
  ) throws(ModelFault) -> SpecialNumbers {
    let range = 0...vocabulary - 1
    func missing(_ key: String) -> Bool { !has(key) && !isNull(key) }
    var numbers = SpecialNumbers(
      begin: try optionalInteger("bos_token_id", in: range),
      ends: try integers("eos_token_id", in: range) ?? [],
      padding: try optionalInteger("pad_token_id", in: range))
    if missing("bos_token_id") {
      numbers.begin = absent.begin.flatMap { range.contains($0) ? $0 : nil }
    }
    if missing("eos_token_id") { numbers.ends = absent.ends.filter(range.contains) }
    if missing("pad_token_id") {
      numbers.padding = absent.padding.flatMap { range.contains($0) ? $0 : nil }
    }
    return numbers
  }
}
