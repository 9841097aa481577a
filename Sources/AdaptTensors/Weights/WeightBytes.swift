// Raw memory of weights that are not f32: a buffer of our own, or part of a mapped file.

/// Bytes at a fixed address that live as long as this object and never change once it is made.
///
/// Unchecked Sendable: the bytes are written only inside `init`.
package final class WeightBytes: @unchecked Sendable {
  package let base: UnsafeRawPointer
  package let count: Int
  private let owned: UnsafeMutableRawPointer?
  private let owner: (any AnyObject & Sendable)?

  /// A new buffer, 64-byte aligned, that `fill` writes in full.
  package init<Failure: Error>(
    count: Int, fill: (UnsafeMutableRawPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let buffer = LargeMemory.allocate(count)
    do throws(Failure) {
      try fill(buffer)
    } catch {
      buffer.deallocate()
      throw error
    }
    self.base = UnsafeRawPointer(buffer)
    self.count = count
    self.owned = buffer
    self.owner = nil
  }

  /// Bytes inside memory of `owner`, copied only when `alignment` demands it.
  package convenience init(
    viewing bytes: UnsafeRawBufferPointer, alignment: Int, owner: any AnyObject & Sendable
  ) {
    guard let base = bytes.baseAddress, Int(bitPattern: base) % alignment == 0 else {
      self.init(count: bytes.count) { buffer in
        if let base = bytes.baseAddress { buffer.copyMemory(from: base, byteCount: bytes.count) }
      }
      return
    }
    self.init(inside: base, count: bytes.count, owner: owner)
  }

  private init(inside base: UnsafeRawPointer, count: Int, owner: any AnyObject & Sendable) {
    self.base = base
    self.count = count
    self.owned = nil
    self.owner = owner
  }

  /// Whether the bytes are our own and not a file's.
  package var isOwned: Bool { owned != nil }

  deinit {
    owned?.deallocate()
  }

  /// The bytes as elements of a type; their address is a multiple of its alignment.
  func pointer<Element: BitwiseCopyable>(_: Element.Type) -> UnsafePointer<Element> {
    base.assumingMemoryBound(to: Element.self)
  }
}
