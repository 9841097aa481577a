// One measured figure: a median with its spread, and how near it comes to the machine's limit.

/// What the figures of a measurement count.
enum Quantity: Sendable {
  /// `work` of `unit` times seconds in one run, such as 3.2 GFLOP.
  case rate(String, work: Double)
  case milliseconds

  var unit: String {
    switch self {
    case .rate(let unit, _): unit
    case .milliseconds: "ms"
    }
  }

  func value(seconds: Double) -> Double {
    switch self {
    case .rate(_, let work): work / seconds
    case .milliseconds: seconds * 1_000
    }
  }
}

/// A figure as the table and the JSON have it.
struct Figure: Encodable, Sendable {
  struct Spread: Encodable, Sendable {
    let minimum: Double
    let maximum: Double
  }

  struct Limit: Encodable, Sendable {
    let name: String
    let value: Double
    let unit: String
  }

  let name: String
  let threads: Int
  let unit: String
  let median: Double
  let spread: Spread
  /// Median seconds of one run.
  let seconds: Double
  let runs: Int
  /// The machine's limit and the part of it reached, 0 to 1 but for noise.
  private(set) var limit: Limit?
  private(set) var share: Double?
  /// Other readings of the same runs, by their unit, such as tokens/s.
  private(set) var also: [String: Double]?
  /// Most bytes of tensors at one time, inputs included.
  private(set) var peakTensorBytes: Int?

  init(_ name: String, threads: Int, _ quantity: Quantity, _ timing: Timing) {
    self.name = name
    self.threads = threads
    unit = quantity.unit
    median = quantity.value(seconds: timing.median)
    let ends = [timing.fastest, timing.slowest].map { quantity.value(seconds: $0) }
    spread = Spread(minimum: min(ends[0], ends[1]), maximum: max(ends[0], ends[1]))
    seconds = timing.median
    runs = timing.seconds.count
  }

  /// The same beside a limit of the same unit.
  func of(_ limit: Figure?) -> Figure {
    guard let limit else { return self }
    precondition(limit.unit == unit, "\(unit) beside a limit in \(limit.unit)")
    var copy = self
    copy.limit = Limit(name: limit.name, value: limit.median, unit: limit.unit)
    copy.share = median / limit.median
    return copy
  }

  /// The same beside a limit measured in turn with it, of which `share` was reached in the median of the pairs.
  func of(_ limit: Figure, share: Double) -> Figure {
    var copy = of(limit)
    copy.share = share
    return copy
  }

  /// The same with `amount` of `unit` done in each run.
  func also(_ amount: Double, _ unit: String) -> Figure {
    var copy = self
    copy.also = (also ?? [:]).merging([unit: amount / seconds]) { $1 }
    return copy
  }

  /// The same with the tensors' peak.
  func holding(_ bytes: Int) -> Figure {
    var copy = self
    copy.peakTensorBytes = bytes
    return copy
  }
}
