// Collects the worst deviation over the tensors of one comparison.
import AdaptTensors

/// The numbers of one comparison so far.
struct Tally {
  private(set) var worst: Deviation?
  private(set) var values = 0

  /// Compares `ours` with the reference, element by element.
  ///
  /// `rows` says which row of the reference each row of ours is, where the reference has padding; a row is
  /// `ours.count / rows.count` numbers.
  /// - Throws: `GoldenFault.shape` where the numbers of elements or their places do not match.
  mutating func compare(
    _ ours: Tensor, with golden: GoldenTensor, rows: [Int]? = nil, within bound: Bound
  ) throws(GoldenFault) {
    let places = try places(ours, golden, rows)
    let mine = ours.elements
    let scale = places.reduce(0.0) { max($0, abs(Double(golden.values[$1]))) }
    let limit = bound.limit(scale: scale.isFinite ? scale : 0)
    for (value, place) in zip(mine, places) {
      let theirs = golden.values[place]
      add(
        error: value == theirs ? 0 : abs(Double(value) - Double(theirs)), limit: limit,
        place: { golden.place(place) })
    }
  }

  /// The same for single numbers.
  mutating func compare(_ ours: Double, with theirs: Double, at place: String, within bound: Bound)
  {
    let error = ours == theirs ? 0 : abs(ours - theirs)
    add(error: error, limit: bound.limit(scale: abs(theirs)), place: { place })
  }

  private mutating func add(error: Double, limit: Double, place: () -> String) {
    values += 1
    var next = Deviation(error: error.isNaN ? .infinity : error, bound: limit, place: "")
    guard worst.map({ next.ratio > $0.ratio }) ?? true else { return }
    next.place = place()
    worst = next
  }

  /// The element of the reference for each of ours.
  private func places(
    _ ours: Tensor, _ golden: GoldenTensor, _ rows: [Int]?
  ) throws(GoldenFault) -> [Int] {
    guard let rows else {
      guard ours.count == golden.values.count else {
        throw .shape(golden.name, wanted: golden.shape, got: ours.shape)
      }
      return Array(golden.values.indices)
    }
    let columns = rows.isEmpty ? 0 : ours.count / rows.count
    guard columns * rows.count == ours.count,
      rows.allSatisfy({ $0 >= 0 && ($0 + 1) * columns <= golden.values.count }),
      columns == 0 || golden.values.count % columns == 0
    else { throw .shape(golden.name, wanted: golden.shape, got: ours.shape) }
    return rows.flatMap { $0 * columns..<($0 + 1) * columns }
  }
}
