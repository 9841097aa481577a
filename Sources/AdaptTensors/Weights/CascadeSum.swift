// The mean of scales in the order of additions torch uses, so that files written here and by bitsandbytes
// agree in the last bit of the offset.

/// A sum in f32 that adds 32 interleaved columns and folds them upwards every 16 rows or more.
///
/// The order is that of torch's sum on one thread with vectors of eight: four vectors a row, a cascade of
/// four levels, then the vectors, then the lanes. Its error grows with the logarithm of the count.
enum CascadeSum {
  private static let lanes = 8
  private static let vectors = 4
  private static let levels = 4

  static func mean(_ x: [Float]) -> Float {
    x.isEmpty ? 0 : sum(x) / Float(x.count)
  }

  static func sum(_ x: [Float]) -> Float {
    let whole = x.count / lanes
    let rows = whole / vectors
    var columns = cascade(x, rows: rows)
    // Vectors that fill no row go to the first column of vectors.
    for vector in rows * vectors..<whole {
      for lane in 0..<lanes { columns[lane] += x[vector * lanes + lane] }
    }
    for vector in 1..<vectors {
      for lane in 0..<lanes { columns[lane] += columns[vector * lanes + lane] }
    }
    var total = x[(whole * lanes)...].reduce(0, +)
    for lane in 0..<lanes { total += columns[lane] }
    return total
  }

  /// The sums of the 32 columns over `rows` rows.
  private static func cascade(_ x: [Float], rows: Int) -> [Float] {
    let width = lanes * vectors
    let bits = rows > 1 ? Int.bitWidth - (rows - 1).leadingZeroBitCount : 0
    let power = max(4, bits / levels)
    let step = 1 << power
    var sums = [[Float]](repeating: [Float](repeating: 0, count: width), count: levels)
    for row in 0..<rows {
      for column in 0..<width { sums[0][column] += x[row * width + column] }
      let done = row + 1
      guard done % step == 0 else { continue }
      for level in 1..<levels {
        for column in 0..<width {
          sums[level][column] += sums[level - 1][column]
          sums[level - 1][column] = 0
        }
        if done & ((step - 1) << (level * power)) != 0 { break }
      }
    }
    for level in 1..<levels {
      for column in 0..<width { sums[0][column] += sums[level][column] }
    }
    return sums[0]
  }
}
