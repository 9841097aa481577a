// Kernels over rows, cut among the threads: layer norm, mean, softmax.
import CKernels

extension Tensor {
  /// `LayerNorm(self + bias + residual) · gain + shift` over the last axis, shape kept.
  ///
  /// `self`, `residual` `[N, D]`; `bias`, `gain`, `shift` `[D]`. Ba, Kiros, Hinton, arXiv:1607.06450, eq. 4.
  package func layerNormalised(
    bias: Tensor? = nil, residual: Tensor? = nil, gain: Tensor, shift: Tensor, epsilon: Float,
    pool: ThreadPool = .shared
  ) -> Tensor {
    let (N, D) = (rows, columns)
    precondition(gain.count == D && shift.count == D && bias.map { $0.count == D } ?? true)
    precondition(residual.map { $0.count == count } ?? true)
    return withExtendedLifetime((self, bias, residual, gain, shift)) {
      Tensor(shape) { out in
        let pieces = rowPieces(rows: N, columns: D, pool)
        pool.run(pieces) { piece in
          let part = ThreadPool.part(piece, of: pieces, in: N)
          let x = out + part.lowerBound * D
          x.update(from: storage.base + part.lowerBound * D, count: part.count * D)
          adapt_layer_norm(
            x, part.count, D, bias?.storage.base,
            residual.map { $0.storage.base + part.lowerBound * D }, gain.storage.base,
            shift.storage.base, epsilon)
        }
      }
    }
  }

  /// The softmax of each row, shape kept.
  package func softmaxRows(pool: ThreadPool = .shared) -> Tensor {
    let (N, D) = (rows, columns)
    return Tensor(shape) { out in
      let pieces = rowPieces(rows: N, columns: D, pool)
      pool.run(pieces) { piece in
        let part = ThreadPool.part(piece, of: pieces, in: N)
        let x = out + part.lowerBound * D
        x.update(from: storage.base + part.lowerBound * D, count: part.count * D)
        adapt_softmax(x, part.count, D, D)
      }
    }
  }

  /// The mean of the rows of each segment: `self [N, D]`, segments of `offsets` (S + 1 row numbers), result `[S, D]`.
  package func segmentMeans(offsets: [Int]) -> Tensor {
    let (S, D) = (max(0, offsets.count - 1), columns)
    precondition(offsets.allSatisfy { (0...rows).contains($0) })
    return withExtendedLifetime(self) {
      Tensor([S, D]) { out in
        for s in 0..<S {
          adapt_mean_rows(
            storage.base + offsets[s] * D, max(0, offsets[s + 1] - offsets[s]), D, out + s * D)
        }
      }
    }
  }

  /// The chosen rows, in order: `[rows.count, D]`.
  package func gatheringRows(_ rows: [Int]) -> Tensor {
    precondition(rows.allSatisfy { (0..<self.rows).contains($0) })
    return withExtendedLifetime(self) {
      Tensor([rows.count, columns]) { out in
        for (i, row) in rows.enumerated() {
          (out + i * columns).update(from: storage.base + row * columns, count: columns)
        }
      }
    }
  }

  /// Each row divided by its Euclidean length, but at least 1e-12, shape kept.
  ///
  /// The length is summed in Double: it costs nothing beside the model and leaves unit vectors unit.
  package func normalisedRows() -> Tensor {
    withElements { x in
      Tensor(shape) { out in
        for row in 0..<rows {
          let range = row * columns..<(row + 1) * columns
          let square = range.reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) }
          let length = Float(max(square.squareRoot(), 1e-12))
          for j in range { out[j] = x[j] / length }
        }
      }
    }
  }
}

/// Pieces for a kernel of one pass: none below 16 thousand floats, which one core does in microseconds.
private func rowPieces(rows: Int, columns: Int, _ pool: ThreadPool) -> Int {
  rows * columns < 16_384 ? 1 : min(rows, pool.threads * 2)
}
