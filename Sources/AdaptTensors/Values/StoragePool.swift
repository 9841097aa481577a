// Keeps freed tensor buffers for the next tensor: fresh pages from the system cost more than many kernels.
import Foundation
import Synchronization

/// A free list of 64-byte aligned float buffers by capacity.
package final class StoragePool: Sendable {
  package static let shared = StoragePool(limit: 256 << 20)

  /// Most bytes kept for reuse; what comes back beyond is freed.
  private let limit: Int
  private let state = Mutex(State())

  private struct State {
    var free: [Int: [Buffer]] = [:]
    var keptBytes = 0
  }

  /// An address that may cross threads: whoever holds it is its only owner.
  private struct Buffer: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
  }

  package init(limit: Int) {
    self.limit = limit
  }

  /// The capacity in floats that a request for `count` floats gets: steps of 1/4 of a power of two, so
  /// that batches of nearly equal size share buffers and at most a fifth is wasted.
  static func capacity(for count: Int) -> Int {
    let least = max(count, 16)
    let power = 1 << (Int.bitWidth - 1 - (least - 1).leadingZeroBitCount)
    let step = max(16, power >> 2)
    return (least + step - 1) / step * step
  }

  /// A buffer of at least `count` floats, contents undefined.
  func take(_ count: Int) -> (base: UnsafeMutablePointer<Float>, capacity: Int) {
    let capacity = Self.capacity(for: count)
    let bytes = capacity * MemoryLayout<Float>.stride
    AllocationLog.took(bytes)
    let kept = state.withLock { state in
      let buffer = state.free[capacity]?.popLast()
      if buffer != nil { state.keptBytes -= bytes }
      return buffer
    }
    if let kept { return (kept.base, capacity) }
    let raw = LargeMemory.allocate(bytes)
    return (raw.bindMemory(to: Float.self, capacity: capacity), capacity)
  }

  /// Gives back a buffer of `take`.
  func give(_ base: UnsafeMutablePointer<Float>, capacity: Int) {
    let bytes = capacity * MemoryLayout<Float>.stride
    AllocationLog.gave(bytes)
    let buffer = Buffer(base: base)
    let isKept = state.withLock { state in
      guard state.keptBytes + bytes <= limit else { return false }
      state.free[capacity, default: []].append(buffer)
      state.keptBytes += bytes
      return true
    }
    if !isKept { UnsafeMutableRawPointer(base).deallocate() }
  }
}
