// From f32 to every resting form.
import CKernels

extension WeightStorage {
  /// `tensor` rounded to `format`; all axes but the last are rows.
  ///
  /// bf16 and f16 round to nearest even. NF4 goes to the nearest value in its block, the lower of two equally
  /// near ones; its bytes and scales equal those of bitsandbytes.
  /// - Throws: `.notFinite` for NaN and infinities, `.beyondRange` for what f16 cannot hold.
  package init(
    _ tensor: Tensor, as format: WeightFormat, pool: ThreadPool = .shared
  ) throws(WeightFault) {
    try Self.checkFinite(tensor)
    let contents: Contents =
      switch format {
      case .float32: .float32(tensor)
      case .bfloat16: .bfloat16(Self.narrowed(tensor, adapt_narrow_bf16))
      case .float16: .float16(try Self.float16(tensor))
      case .int8: Self.int8(tensor, pool)
      case .nf4(let block, let isDoubled): .nf4(try Self.nf4(tensor, block, isDoubled, pool))
      }
    self.init(rows: tensor.rows, columns: tensor.columns, contents: contents)
  }

  private static func checkFinite(_ tensor: Tensor) throws(WeightFault) {
    let largest = tensor.withElements { x in
      x.baseAddress.map { adapt_largest_magnitude($0, x.count) } ?? 0
    }
    guard !largest.isFinite else { return }
    let index = tensor.withElements { $0.firstIndex { !$0.isFinite } } ?? 0
    let columns = max(1, tensor.columns)
    throw .notFinite(
      row: index / columns, column: index % columns,
      value: tensor.withElements { $0[index] }.description)
  }

  private static func narrowed(
    _ tensor: Tensor,
    _ narrow: (UnsafePointer<Float>, Int, UnsafeMutablePointer<UInt16>) -> Void
  ) -> WeightBytes {
    WeightBytes(count: tensor.count * 2) { out in
      withExtendedLifetime(tensor) {
        narrow(tensor.storage.base, tensor.count, out.assumingMemoryBound(to: UInt16.self))
      }
    }
  }

  private static func float16(_ tensor: Tensor) throws(WeightFault) -> WeightBytes {
    // From 65520 on, halfway to the next power of two, rounding gives infinity.
    let limit: Float = 65_520
    let beyond = tensor.withElements { $0.count { abs($0) >= limit } }
    guard beyond == 0 else {
      let largest = tensor.withElements { $0.reduce(0) { max($0, abs($1)) } }
      throw .beyondRange(count: beyond, largest: largest)
    }
    return narrowed(tensor, adapt_narrow_f16)
  }

  private static func int8(_ tensor: Tensor, _ pool: ThreadPool) -> Contents {
    let (M, K) = (tensor.rows, tensor.columns)
    let scales = UnfinishedTensor([M])
    let codes = WeightBytes(count: M * K) { out in
      let out = MutableBytes(base: out)
      withExtendedLifetime(tensor) {
        pool.run(M) { row in
          let x = tensor.storage.base + row * K
          let largest = adapt_largest_magnitude(x, K)
          scales.base[row] = largest / 127
          adapt_quantise_int8(
            x, K, largest, out.base.assumingMemoryBound(to: Int8.self) + row * K)
        }
      }
    }
    return .int8(codes, scales: scales.finished())
  }

  private static func nf4(
    _ tensor: Tensor, _ block: Int, _ isDoubled: Bool, _ pool: ThreadPool
  ) throws(WeightFault) -> NF4Codes {
    guard block >= 2, block % 2 == 0 else { throw .block(block) }
    let count = tensor.count
    let scales = UnfinishedTensor([(count + block - 1) / block])
    let codes = WeightBytes(count: (count + 1) / 2) { out in
      let out = MutableBytes(base: out)
      let pieces = min(scales.shape[0], pool.threads * 4)
      withExtendedLifetime(tensor) {
        pool.run(pieces) { piece in
          let part = ThreadPool.part(piece, of: pieces, in: count, multiple: block)
          adapt_quantise_nf4(
            tensor.storage.base + part.lowerBound, part.count, block,
            out.base.assumingMemoryBound(to: UInt8.self) + part.lowerBound / 2,
            scales.base + part.lowerBound / block)
        }
      }
    }
    let plain = scales.finished()
    return NF4Codes(
      codes: codes, block: block,
      scales: isDoubled ? .doubled(DoubledScales(plain.elements)) : .plain(plain))
  }
}

/// An address that may cross threads: each piece writes its own part.
private struct MutableBytes: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
}

extension DoubledScales {
  /// The scales less their mean, as codes of the dynamic map in blocks of 256.
  init(_ scales: [Float]) {
    let offset = CascadeSum.mean(scales)
    let (codes, largest) = DynamicMap.quantise(scales.map { $0 - offset })
    self.init(
      codes: WeightBytes(count: codes.count) { out in
        out.copyMemory(from: codes, byteCount: codes.count)
      },
      map: Tensor([256], DynamicMap.values), outer: Tensor([largest.count], largest), block: 256,
      offset: offset)
  }
}
