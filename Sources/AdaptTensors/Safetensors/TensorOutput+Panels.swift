// Floats on their way into a file, narrowed a panel at a time.
import CKernels

extension TensorOutput {
  /// About a megabyte of f32 at a time.
  private static let panelFloats = 262_144

  static func emit(
    _ weight: WeightStorage, as type: ElementType,
    _ emit: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard weight.count > 0 else { return }
    if type == .float32, let tensor = weight.tensor {
      return try withExtendedLifetime(tensor) {
        try emit(UnsafeRawBufferPointer(start: tensor.storage.base, count: tensor.count * 4))
      }
    }
    let rows = max(1, panelFloats / weight.columns)
    let wide = StoragePool.shared.take(min(rows, weight.rows) * weight.columns)
    defer { StoragePool.shared.give(wide.base, capacity: wide.capacity) }
    for first in stride(from: 0, to: weight.rows, by: rows) {
      let part = first..<min(first + rows, weight.rows)
      let panel = MutableMatrixView(wide.base, rows: part.count, columns: weight.columns)
      weight.widen(rows: part, columns: 0..<weight.columns, into: panel)
      try narrow(wide.base, part.count * weight.columns, as: type, emit)
    }
  }

  /// Rounds `count` floats in place, which the smaller type always fits, and hands them on.
  private static func narrow(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, as type: ElementType,
    _ emit: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if type == .float32 {
      return try emit(UnsafeRawBufferPointer(start: x, count: count * 4))
    }
    var small = [UInt16](repeating: 0, count: count)
    small.withUnsafeMutableBufferPointer { small in
      guard let base = small.baseAddress else { return }
      if type == .bfloat16 {
        adapt_narrow_bf16(x, count, base)
      } else {
        adapt_narrow_f16(x, count, base)
      }
    }
    try small.withUnsafeBytes(emit)
  }
}
