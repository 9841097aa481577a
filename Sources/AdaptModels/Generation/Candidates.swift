// The tokens that may come next, with their logits: filters make the list shorter.
import AdaptTensors

/// Tokens by rising number with their logits; what is not in the list has probability 0.
package struct Candidates: Sendable {
  package private(set) var tokens: [Int32]
  package private(set) var scores: [Float]

  /// The first `count` tokens of a row of logits but those of `excluded`.
  package init(_ logits: UnsafeBufferPointer<Float>, count: Int, excluding excluded: Set<Int32>) {
    let count = min(count, logits.count)
    scores = Array(logits.prefix(count))
    tokens = Array(0..<Int32(clamping: count))
    if !excluded.isEmpty { keep { token, _, _ in !excluded.contains(token) } }
    // A logit of -inf says that the token is impossible.
    if scores.contains(-.infinity) { keep { _, score, _ in score > -.infinity } }
  }

  package var count: Int { scores.count }

  /// Keeps the tokens of which `isKept` is true.
  mutating func keep(_ isKept: (_ token: Int32, _ score: Float, _ place: Int) -> Bool) {
    let places = scores.indices.filter { isKept(tokens[$0], scores[$0], $0) }
    guard places.count < scores.count else { return }
    tokens = places.map { tokens[$0] }
    scores = places.map { scores[$0] }
  }

  /// Changes each score; the function sees it and its place.
  mutating func rescore(_ change: (Float, Int) -> Float) {
    for place in scores.indices { scores[place] = change(scores[place], place) }
  }

  /// The place of a token, by bisection.
  func place(of token: Int32) -> Int? {
    var (low, high) = (0, tokens.count)
    while low < high {
      let middle = (low + high) / 2
      if tokens[middle] < token { low = middle + 1 } else { high = middle }
    }
    return low < tokens.count && tokens[low] == token ? low : nil
  }

  /// The softmax over the list.
  package var probabilities: [Float] {
    count == 0 ? [] : Tensor([1, count], scores).softmaxRows().elements
  }

  /// The `count`-th largest score; the smallest where there are fewer.
  func score(atRank count: Int) -> Float {
    guard count < scores.count else { return scores.min() ?? -.infinity }
    // The smallest of the largest so far stands first: a heap of `count`.
    var heap = Array(scores.prefix(count))
    func sink(_ start: Int) {
      var place = start
      while true {
        var least = place
        for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
          if heap[child] < heap[least] { least = child }
        }
        if least == place { return }
        heap.swapAt(place, least)
        place = least
      }
    }
    for place in stride(from: heap.count / 2, through: 0, by: -1) { sink(place) }
    for score in scores.dropFirst(count) where score > heap[0] {
      heap[0] = score
      sink(0)
    }
    return heap[0]
  }
}
