// Vectors as the database keeps them: little-endian f32, nothing else.
import Foundation

enum VectorBlob {
  /// `vector [D]` as 4·D bytes.
  static func encode(_ vector: [Float]) -> Data {
    vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// The vector of a whole blob; trailing bytes that make no number are left out.
  static func vector(from blob: Data) -> [Float] {
    let count = blob.count / MemoryLayout<Float>.size
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      let whole = blob.prefix(count * MemoryLayout<Float>.size)
      let target = UnsafeMutableBufferPointer(rebasing: buffer.prefix(count))
      filled = whole.withUnsafeBytes { decode($0, into: target) } ? count : 0
    }
  }

  /// Copies 4·D bytes to `target [D]`; false when the blob has another size.
  static func decode(_ blob: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>)
    -> Bool
  {
    guard blob.count == target.count * MemoryLayout<Float>.size else { return false }
    UnsafeMutableRawBufferPointer(target).copyMemory(from: blob)
    #if _endian(big)
    for index in target.indices {
      target[index] = Float(bitPattern: UInt32(littleEndian: target[index].bitPattern))
    }
    #endif
    return true
  }
}
