// Frozen weights in their resting form. They are widened to f32 panel by panel inside a product, never whole.
import CKernels

/// A weight matrix `[rows, columns]` at rest: outputs × inputs, as PyTorch stores a linear layer.
package struct WeightStorage: Sendable {
  package let rows: Int
  package let columns: Int
  let contents: Contents

  /// The numbers by their form.
  enum Contents: Sendable {
    case float32(Tensor)
    case bfloat16(WeightBytes)
    case float16(WeightBytes)
    case int8(WeightBytes, scales: Tensor)
    case nf4(NF4Codes)
  }

  init(rows: Int, columns: Int, contents: Contents) {
    self.rows = rows
    self.columns = columns
    self.contents = contents
  }

  /// A matrix of f32 as it is: all axes but the last are rows.
  package init(_ tensor: Tensor) {
    self.init(rows: tensor.rows, columns: tensor.columns, contents: .float32(tensor))
  }

  package var count: Int { rows * columns }

  package var format: WeightFormat {
    switch contents {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    case .int8: .int8
    case .nf4(let codes):
      if case .doubled = codes.scales {
        .nf4(block: codes.block, isDoubled: true)
      } else {
        .nf4(block: codes.block, isDoubled: false)
      }
    }
  }

  /// Bytes at rest, scales included, mapped or not.
  package var bytes: Int { format.bytes(rows: rows, columns: columns) }

  /// The matrix itself when it rests as f32.
  package var tensor: Tensor? {
    if case .float32(let tensor) = contents { tensor } else { nil }
  }

  /// Where its numbers, or codes, start in memory.
  package var address: UnsafeRawPointer {
    switch contents {
    case .float32(let tensor): UnsafeRawPointer(tensor.storage.base)
    case .bfloat16(let bytes), .float16(let bytes), .int8(let bytes, _): bytes.base
    case .nf4(let codes): codes.codes.base
    }
  }

  /// Whether its numbers, or codes, lie in a mapped file.
  package var isMapped: Bool {
    switch contents {
    case .float32(let tensor): tensor.storage.isView
    case .bfloat16(let bytes), .float16(let bytes), .int8(let bytes, _): !bytes.isOwned
    case .nf4(let codes): !codes.codes.isOwned
    }
  }

  /// The codes and scales when it rests as NF4.
  package var nf4Codes: NF4Codes? {
    if case .nf4(let codes) = contents { codes } else { nil }
  }

  /// Writes the rectangle `rows` × `columns` as f32.
  ///
  /// - Precondition: the rectangle lies inside the matrix and `out` has its shape.
  package func widen(rows: Range<Int>, columns: Range<Int>, into out: MutableMatrixView) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows && columns.lowerBound >= 0
        && columns.upperBound <= self.columns)
    precondition(out.rows == rows.count && out.columns == columns.count)
    if columns.count == self.columns, out.stride == out.columns {
      return widen(rows.lowerBound * self.columns, out.rows * out.columns, into: out.base)
    }
    for (i, row) in rows.enumerated() {
      widen(
        row * self.columns + columns.lowerBound, columns.count, into: out.base + i * out.stride)
    }
  }

  /// Writes `count` weights of the flat array from `first` on as f32.
  private func widen(_ first: Int, _ count: Int, into out: UnsafeMutablePointer<Float>) {
    switch contents {
    case .float32(let tensor):
      withExtendedLifetime(tensor) { out.update(from: tensor.storage.base + first, count: count) }
    case .bfloat16(let bytes):
      withExtendedLifetime(bytes) {
        adapt_widen_bf16(bytes.pointer(UInt16.self) + first, count, out)
      }
    case .float16(let bytes):
      withExtendedLifetime(bytes) {
        adapt_widen_f16(bytes.pointer(UInt16.self) + first, count, out)
      }
    case .int8(let bytes, let scales): widenInt8(bytes, scales, first, count, into: out)
    case .nf4(let nf4):
      nf4.withScales(of: first..<first + count) { scales in
        withExtendedLifetime(nf4.codes) {
          adapt_widen_nf4(nf4.codes.pointer(UInt8.self), first, count, scales, nf4.block, out)
        }
      }
    }
  }

  private func widenInt8(
    _ bytes: WeightBytes, _ scales: Tensor, _ first: Int, _ count: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    withExtendedLifetime((bytes, scales)) {
      var done = 0
      while done < count {
        let row = (first + done) / columns
        let run = min(count - done, (row + 1) * columns - first - done)
        adapt_widen_int8(
          bytes.pointer(Int8.self) + first + done, run, scales.storage.base[row], out + done)
        done += run
      }
    }
  }

  /// The chosen rows as f32, in order, `[chosen.count, columns]`: an embedding look-up.
  ///
  /// - Precondition: every number is a row of this matrix.
  package func gatheringRows(_ chosen: [Int]) -> Tensor {
    precondition(chosen.allSatisfy { (0..<rows).contains($0) })
    return Tensor([chosen.count, columns]) { out in
      for (i, row) in chosen.enumerated() {
        widen(row * columns, columns, into: out + i * columns)
      }
    }
  }

  /// The whole matrix as f32, for merging and for tests; a product never does this.
  package func widened(pool: ThreadPool = .shared) -> Tensor {
    if let tensor { return tensor }
    return Tensor([rows, columns]) { out in
      let panels = (rows + Self.panelRows - 1) / Self.panelRows
      pool.run(panels) { panel in
        let first = panel * Self.panelRows
        let part = min(Self.panelRows, rows - first)
        widen(first * columns, part * columns, into: out + first * columns)
      }
    }
  }

  /// Rows widened at a time: 256 × 1536 f32 are 1.5 MB, about a second-level cache.
  static let panelRows = 256
}
