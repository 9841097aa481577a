// Sums and the small operations of a backward pass, each in an order that does not depend on the threads.
import CKernels

extension Tensor {
  /// The sums of the columns, `[columns]`: the gradient of a bias.
  package func columnSums(pool: ThreadPool = .shared) -> Tensor {
    let (N, D) = (rows, columns)
    return withExtendedLifetime(self) {
      Tensor([D]) { out in
        let pieces = N * D < 16_384 ? 1 : max(1, min(pool.threads, D / 64))
        pool.run(pieces) { piece in
          let part = ThreadPool.part(piece, of: pieces, in: D, multiple: 16)
          (out + part.lowerBound).update(repeating: 0, count: part.count)
          adapt_add_column_sums(
            storage.base + part.lowerBound, N, part.count, D, out + part.lowerBound)
        }
      }
    }
  }

  /// `self + scale · other`, shape kept.
  package func adding(
    _ other: Tensor, scale: Float = 1, pool: ThreadPool = .shared
  ) -> Tensor {
    precondition(other.count == count)
    return withExtendedLifetime((self, other)) {
      Tensor(shape) { out in
        inRuns(count, pool) { run in
          let start = run.lowerBound
          (out + start).update(from: storage.base + start, count: run.count)
          adapt_add_scaled(out + start, other.storage.base + start, scale, run.count)
        }
      }
    }
  }

  /// The sum of the squares of all elements, in Double across runs of four thousand.
  package func sumOfSquares(pool: ThreadPool = .shared) -> Double {
    let length = 32_768
    let parts = (count + length - 1) / length
    let sums = [Double](unsafeUninitializedCapacity: parts) { sums, written in
      written = parts
      guard let sums = sums.baseAddress else { return }
      withExtendedLifetime(self) {
        pool.run(parts) { part in
          let run = part * length..<min((part + 1) * length, count)
          sums[part] = adapt_sum_squares(storage.base + run.lowerBound, run.count)
        }
      }
    }
    return sums.reduce(0, +)
  }

  /// `ds = p · (dp − Σ p dp)` in each row, where `self` is p, the result of a softmax over rows.
  package func softmaxGradient(dp: Tensor, pool: ThreadPool = .shared) -> Tensor {
    precondition(dp.shape == shape)
    let (N, D) = (rows, columns)
    return withExtendedLifetime((self, dp)) {
      Tensor(shape) { out in
        inRowBlocks(N, D, pool) { block in
          let start = block.lowerBound * D
          adapt_softmax_backward(
            storage.base + start, dp.storage.base + start, block.count, D, D, out + start)
        }
      }
    }
  }
}
