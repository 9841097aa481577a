// Rectangles of the reference as the ragged batches of the product: places with mask 1, row by row.
import AdaptModels
import AdaptTensors

/// One padded batch `[B, T]` without its padding.
struct PaddedBatch {
  /// Rows of the rectangle, B.
  let rows: Int
  /// Columns of the rectangle, T.
  let columns: Int
  /// The places of our tokens in the rectangle, `row · T + column`.
  private(set) var kept: [Int]
  private(set) var tokens: TokenBatch
  /// The whole rectangle, its padding computed but attended to by nothing: losses over places count it.
  let rectangle: TokenBatch
  /// The mask of every place.
  let mask: [Bool]
  private let source: GoldenTensors
  private let prefix: String
  private let step: Int?

  /// Reads `PREFIXinput_ids` and what stands beside it; `step` picks one of several stacked batches.
  ///
  /// Positions are those of the file, else the columns: models with padding on the left count them so.
  /// - Throws: `GoldenFault.shape` where the parts contradict each other.
  init(_ source: GoldenTensors, _ prefix: String = "", step: Int? = nil) throws {
    (self.source, self.prefix, self.step) = (source, prefix, step)
    let shape = Array(try source.shape(prefix + "input_ids").dropFirst(step == nil ? 0 : 1))
    guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw GoldenFault.shape(prefix + "input_ids", wanted: [2, 8], got: shape)
    }
    (rows, columns) = (shape[0], shape[1])
    let slice = Slice(source: source, prefix: prefix, step: step)
    let count = rows * columns
    let ids = try slice.counts("input_ids", count: count)
    mask = try slice.integers("attention_mask", count: count).map { $0 == 1 }
    let kept = mask.indices.filter { [mask] in mask[$0] }
    self.kept = kept
    let lengths = (0..<rows).map { [columns] row in kept.count { $0 / columns == row } }
    guard lengths.allSatisfy({ $0 > 0 }) else {
      throw GoldenFault.damaged(
        path: source.file.path, what: "a row of padding alone in `\(prefix)attention_mask`",
        wanted: "a token in each row", got: "\(lengths)")
    }
    let types =
      source.has(prefix + "token_type_ids")
      ? try slice.counts("token_type_ids", count: count) : nil
    let positions =
      source.has(prefix + "position_ids")
      ? try slice.counts("position_ids", count: count) : nil
    let width = columns
    func ragged(_ values: [Int]) -> [Int32] { kept.map { Int32(clamping: values[$0]) } }
    tokens = TokenBatch(
      tokens: ragged(ids),
      segments: Segments(lengths: lengths),
      types: types.map(ragged),
      positions: positions.map(ragged) ?? kept.map { Int32($0 % width) })
    func whole(_ values: [Int]) -> [Int32] { values.map { Int32(clamping: $0) } }
    rectangle = TokenBatch(
      tokens: whole(ids), segments: Segments(lengths: (0..<rows).map { _ in width }),
      types: types.map(whole), positions: whole(positions ?? ids.indices.map { $0 % width }),
      isSeen: mask)
  }

  /// The same batch with its padding among our tokens, computed and attended to by nothing.
  var whole: PaddedBatch {
    var batch = self
    (batch.kept, batch.tokens) = (Array(mask.indices), rectangle)
    return batch
  }

  /// Our rows that stand where the mask is 1, of those behind `virtual` tokens a segment, and those tokens.
  func realRows(virtual: Int) -> [Int32] {
    let segments = tokens.segments
    return (0..<segments.count).flatMap { segment -> [Int32] in
      let start = segments[segment].lowerBound + segment * virtual
      let real = segments[segment].filter { mask[kept[$0]] }
      return (start..<start + virtual).map { Int32($0) }
        + real.map { Int32(start + virtual + $0 - segments[segment].lowerBound) }
    }
  }

  /// A number for each of our tokens, such as a label.
  func ofTokens(_ name: String) throws -> [Int32] {
    let values = try slice.integers(name, count: rows * columns)
    return kept.map { Int32(clamping: values[$0]) }
  }

  /// A number for each row.
  func ofRows(_ name: String) throws -> [Int32] {
    try slice.integers(name, count: rows).map { Int32(clamping: $0) }
  }

  /// The places in the reference of our rows that are no padding; ours has `virtual` tokens in front of each segment, as the
  /// reference then has in front of each row.
  func places(virtual: Int) -> [Int] {
    (0..<tokens.segments.count).flatMap { row -> [Int] in
      let start = row * (columns + virtual)
      return Array(start..<start + virtual)
        + tokens.segments[row].filter { mask[kept[$0]] }.map {
          start + virtual + kept[$0] % columns
        }
    }
  }

  private var slice: Slice { Slice(source: source, prefix: prefix, step: step) }
}

/// Whole numbers of one batch among stacked ones.
private struct Slice {
  let source: GoldenTensors
  let prefix: String
  let step: Int?

  func integers(_ name: String, count: Int) throws -> [Int] {
    let all = try source.integers(prefix + name)
    let start = (step ?? 0) * count
    guard start >= 0, all.count >= start + count, step != nil || all.count == count else {
      throw GoldenFault.shape(
        prefix + name, wanted: [start + count], got: try source.shape(prefix + name))
    }
    return Array(all[start..<start + count])
  }

  /// The same where none is negative.
  func counts(_ name: String, count: Int) throws -> [Int] {
    let values = try integers(name, count: count)
    guard let negative = values.first(where: { $0 < 0 }) else { return values }
    throw GoldenFault.damaged(
      path: source.file.path, what: "`\(prefix)\(name)` counts from 0", wanted: "no negative",
      got: "\(negative)")
  }
}
