// Interventions where they act: on some rows of the stream behind a layer.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// One intervention: rows `x` become `x + (φ(W x + b) - R x) R`, without `R x` where nothing is taken away.
struct Intervention: Sendable {
  let weight: Trainable
  let bias: Trainable
  let rotation: Rotation

  func callAsFunction(_ x: Variable, _ configuration: ReFTConfiguration) -> Variable {
    let rotation = rotation()
    var source =
      x.multiplied(Variable(weight), transposed: true) + Variable(bias)
    if let function = configuration.nonlinearity { source = source.activated(function) }
    if configuration.subtracts {
      source = source - x.multiplied(rotation, transposed: true)
    }
    return source.multiplied(rotation)
  }
}

/// Which tokens are the first and the last.
enum ReFTPositions: Sendable {
  /// Of the prompt, at most half of it each, so that none is both.
  case ofPrompt
  /// Of the whole sequence, a token that is both belonging to the last: AdapterHub's library.
  case ofSequence
}

/// Interventions at the first f and the last l tokens behind one layer.
///
/// They belong to the prompt, so tokens that continue a cache are left as they are.
struct ReFTSite: SublayerAdapter {
  let configuration: ReFTConfiguration
  let positions: ReFTPositions
  let units: [Intervention]
  /// Which tokens each unit has: 0 the first, 1 the last; where tied the only one has both.
  let kinds: [Int]
  let layer: Int

  func callAsFunction(
    _ h: Variable, through base: (Variable) -> Variable, in pass: Pass
  ) -> Variable {
    let stream = base(h)
    guard pass.phase != .decode else { return stream }
    let (first, last) = rows(in: pass)
    let places =
      configuration.isTied ? [(first + last).sorted()] : kinds.map { [first, last][$0] }
    var out = stream
    for (number, (unit, rows)) in zip(units, places).enumerated() {
      let x = stream.gatheringRows(rows)
      var change = unit(x, configuration)
      let site = Site(number: 0xD000 + 2 * layer + number, path: "intervention", layer: layer)
      if configuration.dropout > 0, let key = pass.key(for: site) {
        change = (x + change).dropped(rate: Float(configuration.dropout), key: key) - x
      }
      out = out + change.scatteringRows(rows, into: out.rows)
    }
    return out
  }

  /// The rows of the first and of the last tokens; none is in both.
  private func rows(in pass: Pass) -> (first: [Int32], last: [Int32]) {
    var (first, last) = ([Int32](), [Int32]())
    for segment in 0..<pass.segments.count {
      let all = pass.segments[segment].map { Int32($0) }
      let seen = pass.seen.map { seen in seen.segments[segment].map { seen.rows[$0] } } ?? all
      let tokens: [Int32]
      var (f, l) = (configuration.first, configuration.last)
      switch positions {
      case .ofPrompt:
        tokens = pass.promptLengths.map { Array(seen.prefix($0[segment])) } ?? seen
        (f, l) = (min(f, tokens.count / 2), min(l, tokens.count / 2))
      case .ofSequence:
        tokens = seen
        l = min(l, tokens.count)
        f = min(f, tokens.count - l)
      }
      first += tokens.prefix(f)
      last += tokens.suffix(l)
    }
    return (first, last)
  }
}
