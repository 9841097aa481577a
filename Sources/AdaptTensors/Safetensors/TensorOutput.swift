// What a safetensors file is to contain, before any byte of it is written.

/// One tensor to be written: its name, form and a source of its bytes.
///
/// The bytes are produced when the file is written and only then, a piece at a time, so that a model need
/// not fit in memory twice.
package struct TensorOutput: Sendable {
  package let name: String
  package let type: ElementType
  package let shape: [Int]
  /// Gives the bytes in order to its argument, in as many pieces as it likes.
  package let produce: @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// A tensor from its bytes as they shall stand in the file.
  package init(
    _ name: String, type: ElementType, shape: [Int],
    produce: @escaping @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.produce = produce
  }

  /// Raw bytes, little-endian.
  package init(_ name: String, type: ElementType, shape: [Int], bytes: [UInt8]) {
    self.init(name, type: type, shape: shape) { emit in try bytes.withUnsafeBytes(emit) }
  }

  /// 64-bit whole numbers.
  package init(_ name: String, shape: [Int], integers: [Int]) {
    self.init(name, type: .int64, shape: shape) { emit in
      try integers.map { Int64($0).littleEndian }.withUnsafeBytes(emit)
    }
  }

  /// A tensor as `type`: f32, bf16 or f16, rounded to nearest even.
  ///
  /// - Precondition: `type` is one of these three.
  package init(_ name: String, _ tensor: Tensor, as type: ElementType = .float32) {
    precondition([.float32, .bfloat16, .float16].contains(type))
    self.init(name, type: type, shape: tensor.shape) { emit in
      try Self.emit(WeightStorage(tensor), as: type, emit)
    }
  }

  /// A resting weight widened panel by panel, as `type`: f32, bf16 or f16.
  ///
  /// - Precondition: `type` is one of these three.
  package init(_ name: String, _ weight: WeightStorage, as type: ElementType) {
    precondition([.float32, .bfloat16, .float16].contains(type))
    self.init(name, type: type, shape: [weight.rows, weight.columns]) { emit in
      try Self.emit(weight, as: type, emit)
    }
  }

  /// Bytes in the file.
  ///
  /// - Throws: `.output` for a negative or too large shape.
  func byteCount(path: String) throws(SafetensorsFault) -> Int {
    var size = type.size
    for length in shape {
      let (product, overflows) = size.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflows else {
        throw .output(path: path, name: name, wanted: "a shape that fits", got: "\(shape)")
      }
      size = product
    }
    return size
  }
}
