// Vectors as the database keeps them: little-endian f32, nothing else.
import Foundation

enum VectorBlob {
  /// `vector [D]` as 4·D bytes.
  static func encode(_ vector: [Float]) -> Data {
    vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
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
