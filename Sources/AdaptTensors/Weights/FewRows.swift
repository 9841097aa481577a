// One to eight input rows times a resting weight: generation, where reading the weights is all the cost.
import CKernels

/// `out [N, M] = x [N, K] · weight [M, K]ᵀ` with each weight read once.
struct FewRows {
  /// Most rows for which this beats widening into panels.
  static let limit = 8
  /// Bytes of weights a thread takes at a time: enough to stream, small enough to share evenly.
  private static let pieceBytes = 131_072

  let weight: WeightStorage
  let x: MatrixView

  func run(into out: MutableMatrixView, _ pool: ThreadPool) {
    precondition(x.stride == x.columns && x.rows == out.rows)
    let bytesPerRow = max(1, weight.bytes / max(1, weight.rows))
    let rows = max(1, Self.pieceBytes / bytesPerRow)
    let pieces = (weight.rows + rows - 1) / rows
    arranged { x in
      pool.run(pieces) { piece in
        let part = piece * rows..<min((piece + 1) * rows, weight.rows)
        multiply(part, x, into: out.base + part.lowerBound, stride: out.stride)
      }
    }
  }

  /// x in the order the kernel wants: NF4 reads its codes in stripes.
  func arranged(_ body: (UnsafePointer<Float>) -> Void) {
    guard case .nf4(let nf4) = weight.contents else { return body(x.base) }
    let padded = (x.columns + 127) / 128 * 128
    let scratch = StoragePool.shared.take(x.rows * padded)
    defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
    adapt_arrange_nf4(x.base, x.rows, x.columns, nf4.block, scratch.base)
    body(scratch.base)
  }

  /// The outputs `part`, the first of them at `out`.
  func multiply(
    _ part: Range<Int>, _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    let (N, K, rows) = (self.x.rows, weight.columns, part.count)
    let first = part.lowerBound * K
    switch weight.contents {
    case .float32(let tensor):
      withExtendedLifetime(tensor) {
        adapt_rows_f32(tensor.storage.base + first, rows, K, x, N, out, stride)
      }
    case .bfloat16(let bytes):
      withExtendedLifetime(bytes) {
        adapt_rows_bf16(bytes.pointer(UInt16.self) + first, rows, K, x, N, out, stride)
      }
    case .float16(let bytes):
      withExtendedLifetime(bytes) {
        adapt_rows_f16(bytes.pointer(UInt16.self) + first, rows, K, x, N, out, stride)
      }
    case .int8(let bytes, let scales):
      withExtendedLifetime((bytes, scales)) {
        adapt_rows_int8(
          bytes.pointer(Int8.self) + first, scales.storage.base + part.lowerBound, rows, K, x, N,
          out, stride)
      }
    case .nf4(let nf4): multiply(nf4, part, x, into: out, stride: stride)
    }
  }

  private func multiply(
    _ nf4: NF4Codes, _ part: Range<Int>, _ x: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let (N, K) = (self.x.rows, weight.columns)
    guard K > 0 else {
      for n in 0..<N { (out + n * stride).update(repeating: 0, count: part.count) }
      return
    }
    nf4.withScales(of: part.lowerBound * K..<part.upperBound * K) { scales in
      withExtendedLifetime(nf4.codes) {
        adapt_rows_nf4(
          nf4.codes.pointer(UInt8.self), scales, nf4.block, part.lowerBound, part.count, K, x, N,
          out, stride)
      }
    }
  }
}
