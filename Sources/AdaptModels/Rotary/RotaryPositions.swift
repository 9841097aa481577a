// The tables of rotary positions of one model, made when a length first needs them.
package import AdaptTensors
import Synchronization

/// Tables of cosines and sines for as many positions as were asked for so far.
///
/// Frequencies and angles are taken in Double and rounded once. Transformers rounds frequencies and angles to
/// f32 first: at position `p` its angles differ by up to about `p · 1e-7`.
package final class RotaryPositions: Sendable {
  package let settings: RotarySettings
  /// Components of a head that turn.
  package let width: Int
  /// The longest sequence; nil has no end.
  package let limit: Int?
  private let state = Mutex(State())

  private struct State {
    /// Grows by doubling.
    var table: RotaryTable?
    /// With dynamic scaling the table of one length beyond the first training's, the last one asked for.
    var long: (length: Int, table: RotaryTable)?
  }

  /// Makes no table yet.
  ///
  /// - Precondition: `width` is even; with dynamic scaling it is at least 4.
  package init(_ settings: RotarySettings, width: Int, positions: Int) {
    self.settings = settings
    self.width = width
    limit = settings.limit(positions: positions)
  }

  package convenience init(_ configuration: DecoderConfiguration) {
    self.init(
      configuration.rotary, width: configuration.headWidth, positions: configuration.positions)
  }

  /// A table of at least `length` positions, from 0.
  ///
  /// With dynamic scaling `length` also chooses the frequencies: give the largest position of the whole batch
  /// plus one, as the reference does. (It keeps the frequencies of the longest sequence seen until one fits
  /// the first training again; here each length has its own.)
  /// - Throws: `ModelFault.tooLong` beyond `limit`.
  /// - Precondition: `length` is not negative.
  package func table(length: Int) throws(ModelFault) -> RotaryTable {
    precondition(length >= 0)
    if let limit, length > limit { throw .tooLong(tokens: length, limit: limit) }
    return state.withLock { state in
      if case .dynamic(_, let original) = settings.scaling, length > original {
        if let long = state.long, long.length == length { return long.table }
        let table = made(length: length, positions: length)
        state.long = (length, table)
        return table
      }
      if let table = state.table, table.positions >= length { return table }
      let table = made(length: length, positions: capacity(length))
      state.table = table
      return table
    }
  }

  /// Positions of the growing table.
  package var cachedPositions: Int { state.withLock { $0.table?.positions ?? 0 } }

  private func made(length: Int, positions: Int) -> RotaryTable {
    RotaryTable(
      frequencies: settings.frequencies(width: width, length: length), positions: positions,
      scale: Float(settings.scale))
  }

  /// The next power of two, at least 64, but not beyond the limit.
  private func capacity(_ length: Int) -> Int {
    var capacity = 64
    while capacity < length, capacity < Int.max / 2 { capacity *= 2 }
    return min(max(capacity, length), limit ?? .max)
  }
}
