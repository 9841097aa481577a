// RMSNorm over rows and its gradients (Zhang and Sennrich, arXiv:1910.07467, eq. 4).
import CKernels

extension Tensor {
  /// `self / √(mean(self²) + epsilon) · gain` over the last axis, and what the gradients need.
  ///
  /// `self [N, D]`, `gain [D]`; `inverse [N]` is one over the root of each row.
  package func rmsNormalised(
    gain: Tensor, epsilon: Float, pool: ThreadPool = .shared
  ) -> (output: Tensor, inverse: Tensor) {
    let (N, D) = (rows, columns)
    precondition(gain.count == D)
    let (out, inverse) = (UnfinishedTensor(shape), UnfinishedTensor([N]))
    withExtendedLifetime((self, gain)) {
      inRowBlocks(N, D, pool) { block in
        adapt_rms_norm(
          storage.base + block.lowerBound * D, block.count, D, gain.storage.base, epsilon,
          out.base + block.lowerBound * D, inverse.base + block.lowerBound)
      }
    }
    return (out.finished(), inverse.finished())
  }

  /// The gradients of `rmsNormalised` to its input (`self`) and, when `wantsGain`, to the gain.
  ///
  /// The gain's parts are summed in blocks of rows in a fixed order, so the result does not depend on threads.
  package func rmsNormGradients(
    inverse: Tensor, gain: Tensor, dy: Tensor, wantsGain: Bool, pool: ThreadPool = .shared
  ) -> (input: Tensor, gain: Tensor?) {
    let (N, D) = (rows, columns)
    precondition(gain.count == D && inverse.count == N && dy.shape == shape)
    let blocks = rowBlocks(N, D)
    let dx = UnfinishedTensor(shape)
    let parts = wantsGain ? UnfinishedTensor([blocks, D]) : nil
    withExtendedLifetime((self, inverse, gain, dy)) {
      inRowBlocks(N, D, pool) { block in
        let number = block.lowerBound / max(1, rowBlock(D))
        let part = parts.map { $0.base + number * D }
        part?.update(repeating: 0, count: D)
        adapt_rms_norm_backward(
          storage.base + block.lowerBound * D, inverse.storage.base + block.lowerBound,
          gain.storage.base, dy.storage.base + block.lowerBound * D, block.count, D,
          dx.base + block.lowerBound * D, part)
      }
    }
    let dgain = parts?.finished().columnSums(pool: pool)
    return (dx.finished(), dgain)
  }
}

/// Rows of width `columns` a thread takes at a time: about 16 thousand numbers, whatever the threads.
func rowBlock(_ columns: Int) -> Int { max(1, 16_384 / max(1, columns)) }

/// How many such blocks `rows` rows have.
func rowBlocks(_ rows: Int, _ columns: Int) -> Int {
  (rows + rowBlock(columns) - 1) / rowBlock(columns)
}

/// Calls `body` with each block of rows.
func inRowBlocks(
  _ rows: Int, _ columns: Int, _ pool: ThreadPool, _ body: @escaping (Range<Int>) -> Void
) {
  let size = rowBlock(columns)
  pool.run(rowBlocks(rows, columns)) { block in
    body(block * size..<min((block + 1) * size, rows))
  }
}
