// Keeps freed tensor buffers for the next tensor: fresh pages from the system cost more than many kernels.
import Foundation
import Synchronization

/// A free list of 64-byte aligned float buffers by capacity.
///
/// It keeps no more than was once in use: buffers in use and kept together stay below the most that were in use
/// at one time, or below `floor` where that is more. So a training step finds the memory of the step before, and
/// a process never holds more for having a pool.
package final class StoragePool: Sendable {
  package static let shared = StoragePool(floor: 256 << 20)

  private let floor: Int
  private let state = Mutex(State())

  private struct State {
    var free: [Int: [Buffer]] = [:]
    var usedBytes = 0
    var keptBytes = 0
    /// Most bytes in use at one time.
    var peak = 0

    /// Takes kept buffers out, large ones first, until `bytes` of memory fit below `bound`.
    mutating func makeRoom(_ bytes: Int, below bound: Int) -> [Buffer] {
      var removed: [Buffer] = []
      while usedBytes + keptBytes + bytes > bound, let capacity = free.keys.max() {
        guard let buffer = free[capacity]?.popLast() else {
          free[capacity] = nil
          continue
        }
        keptBytes -= capacity * MemoryLayout<Float>.stride
        removed.append(buffer)
      }
      return removed
    }
  }

  /// An address that may cross threads: whoever holds it is its only owner.
  private struct Buffer: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
  }

  package init(floor: Int) {
    self.floor = floor
  }

  /// Bytes kept for reuse.
  package var keptBytes: Int { state.withLock { $0.keptBytes } }

  /// The capacity in floats that a request for `count` floats gets: steps of 1/8 of a power of two, so
  /// that batches of nearly equal size share buffers and at most a ninth is wasted.
  static func capacity(for count: Int) -> Int {
    let least = max(count, 16)
    let power = 1 << (Int.bitWidth - 1 - (least - 1).leadingZeroBitCount)
    let step = max(16, power >> 3)
    return (least + step - 1) / step * step
  }

  /// A buffer of at least `count` floats, contents undefined.
  package func take(_ count: Int) -> (base: UnsafeMutablePointer<Float>, capacity: Int) {
    let capacity = Self.capacity(for: count)
    let bytes = capacity * MemoryLayout<Float>.stride
    AllocationLog.took(bytes)
    let (kept, removed) = state.withLock { state -> (Buffer?, [Buffer]) in
      let buffer = state.free[capacity]?.popLast()
      if buffer != nil { state.keptBytes -= bytes }
      state.peak = max(state.peak, state.usedBytes + bytes)
      let bound = max(floor, state.peak)
      let removed = buffer == nil ? state.makeRoom(bytes, below: bound) : []
      state.usedBytes += bytes
      return (buffer, removed)
    }
    for buffer in removed { UnsafeMutableRawPointer(buffer.base).deallocate() }
    if let kept { return (kept.base, capacity) }
    let raw = LargeMemory.allocate(bytes)
    return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  /// Gives back a buffer of `take`.
  package func give(_ base: UnsafeMutablePointer<Float>, capacity: Int) {
    let bytes = capacity * MemoryLayout<Float>.stride
    AllocationLog.gave(bytes)
    let buffer = Buffer(base: base)
    state.withLock { state in
      state.usedBytes -= bytes
      state.free[capacity, default: []].append(buffer)
      state.keptBytes += bytes
    }
  }
}
