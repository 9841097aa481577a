import AdaptGradients
import Testing

private struct ColumnsTwin: Twin {
  let rows: Int
  let width: Int
  let numbers: [Int32]

  func callAsFunction<S: Scalar>(_ inputs: [[S]]) -> [S] {
    numbers.flatMap { number in (0..<rows).map { inputs[0][$0 * width + Int(number)] } }
  }
}

struct ColumnGatherTests {
  @Test func columnsMatch() {
    for (rows, numbers) in [(1, [0]), (3, [2, 0, 2, 3]), (5, [1, 1, 1]), (2, [])] {
      let numbers = numbers.map { Int32($0) }
      let twin = ColumnsTwin(rows: rows, width: 4, numbers: numbers)
      expectTwin("columns", [[rows, 4]], twin: twin) { $0[0].gatheringColumns(numbers) }
    }
  }
}
