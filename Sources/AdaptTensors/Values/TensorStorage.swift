// The memory behind tensors: a pooled buffer of our own, or a view into a mapped file.

/// Floats at a fixed address that live as long as this object.
///
/// Unchecked Sendable here and nowhere else: the floats are written once, before any tensor refers to them.
package final class TensorStorage: @unchecked Sendable {
  package let base: UnsafePointer<Float>
  package let count: Int
  private let pooled: (base: UnsafeMutablePointer<Float>, capacity: Int)?
  /// What keeps foreign memory alive, such as a mapped file.
  private let owner: (any AnyObject & Sendable)?

  /// A buffer of `count` floats that `fill` writes in full.
  package init<Failure: Error>(
    count: Int, fill: (UnsafeMutablePointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let buffer = StoragePool.shared.take(count)
    do throws(Failure) {
      try fill(buffer.base)
    } catch {
      StoragePool.shared.give(buffer.base, capacity: buffer.capacity)
      throw error
    }
    self.base = UnsafePointer(buffer.base)
    self.count = count
    self.pooled = buffer
    self.owner = nil
  }

  /// Floats inside memory of `owner`, which stays alive as long as this.
  package init(viewing base: UnsafePointer<Float>, count: Int, owner: any AnyObject & Sendable) {
    self.base = base
    self.count = count
    self.pooled = nil
    self.owner = owner
  }

  /// Whether the floats lie in memory of another owner, such as a mapped file.
  package var isView: Bool { pooled == nil }

  deinit {
    if let pooled { StoragePool.shared.give(pooled.base, capacity: pooled.capacity) }
  }
}
