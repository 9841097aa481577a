// How the numbers of a frozen weight may rest in memory or on disk.

/// A resting form of a weight matrix.
package enum WeightFormat: Sendable, Equatable, CustomStringConvertible {
  case float32
  case bfloat16
  case float16
  /// One signed byte a weight and one f32 scale a row: `w = q · scale`, `scale = largest |w| / 127`.
  case int8
  /// Four bits a weight with one scale per `block` weights of the flat array; `isDoubled`: the scales are
  /// themselves 8-bit codes in blocks of 256 (QLoRA, arXiv:2305.14314, section 3).
  case nf4(block: Int, isDoubled: Bool)

  /// The usual NF4: blocks of 64, plain scales.
  package static let nf4 = nf4(block: 64, isDoubled: false)
  /// The usual NF4 with double quantisation.
  package static let nf4Doubled = nf4(block: 64, isDoubled: true)

  package var description: String {
    switch self {
    case .float32: "f32"
    case .bfloat16: "bf16"
    case .float16: "f16"
    case .int8: "int8"
    case .nf4(let block, let isDoubled): "nf4, block \(block)\(isDoubled ? ", doubled" : "")"
    }
  }

  /// Bytes of a matrix in this form, scales and tables included.
  package func bytes(rows: Int, columns: Int) -> Int {
    let count = rows * columns
    switch self {
    case .float32: return count * 4
    case .bfloat16, .float16: return count * 2
    case .int8: return count + rows * 4
    case .nf4(let block, let isDoubled):
      let blocks = (count + block - 1) / block
      let scales = isDoubled ? blocks + (blocks + 255) / 256 * 4 + 256 * 4 + 4 : blocks * 4
      return (count + 1) / 2 + scales
    }
  }
}
