// Low-rank updates: one product with the stacked A for all layers that share an input.
import AdaptTensors

extension Variable {
  /// `s · (x Aᵀ) Bᵀ` for each update, `[N, M]` each, without the dense layers beside them.
  package func lowRank(_ updates: [LowRankUpdate]) -> [Variable] {
    let group = LowRankGroup(updates, input: self)
    let x = place
    let saved = group.needsInput ? saved : nil
    let values = updates.indices.map { index in
      let (N, M) = (x.rows, updates[index].up.rows)
      return Tensor(zeros: [N, M]) {
        group.addForward(index, into: MutableMatrixView($0, rows: N, columns: M))
      }
    }
    return recorded(values, from: [self] + updates.flatMap { [$0.down, $0.up] }) { dys, gradients in
      guard let inner = group.addGradients(dys, saved?.value, gradients) else { return }
      gradients.add(to: x) {
        Tensor(zeros: x.shape) {
          let view = MutableMatrixView($0, rows: x.rows, columns: x.columns)
          group.addInputGradient(inner, into: view)
        }
      }
    }
  }

  /// `s · (x Aᵀ) Bᵀ` of one update `[N, M]`.
  package func lowRank(_ update: LowRankUpdate) -> Variable { lowRank([update])[0] }
}

/// The updates of layers that share the input x `[N, K]`: A of all stacked `[Σr, K]`, and x Aᵀ `[N, Σr]`.
struct LowRankGroup {
  private let updates: [LowRankUpdate?]
  /// The columns of each layer in what is stacked.
  private let parts: [Range<Int>]
  private let stackedDown: Tensor?
  private let inner: Tensor?

  init(_ updates: [LowRankUpdate?], input x: Variable) {
    self.updates = updates
    var end = 0
    parts = updates.map { update in
      let start = end
      end += update?.down.rows ?? 0
      return start..<end
    }
    let downs = updates.compactMap { $0?.down.value }
    precondition(downs.allSatisfy { $0.columns == x.columns })
    let stacked = downs.count > 1 ? Tensor(stackingRows: downs, columns: x.columns) : downs.first
    stackedDown = stacked
    inner = stacked.map { stacked in
      withExtendedLifetime((x, stacked)) {
        Tensor(
          rows: x.rows, columns: stacked.rows, product: .plain(MatrixView(x.value)),
          .transposed(MatrixView(stacked)))
      }
    }
  }

  /// Whether a gradient of an A is wanted, which is formed from x.
  var needsInput: Bool { updates.contains { $0?.down.wantsGradient == true } }

  /// `out += s · u Bᵀ` for the layer at `index`; nothing when it has no update.
  func addForward(_ index: Int, into out: MutableMatrixView) {
    guard let update = updates[index], let inner, !parts[index].isEmpty else { return }
    withExtendedLifetime((update.up, inner)) {
      BLAS.product(
        .plain(MatrixView(inner)[0..<inner.rows, parts[index]]),
        .transposed(MatrixView(update.up.value)), scale: update.scale, accumulating: true,
        into: out, on: .shared)
    }
  }

  /// Adds dB and, given x, dA of every layer; gives `du [N, Σr]`, nil when there is no update with a gradient.
  func addGradients(_ dys: [Tensor?], _ x: Tensor?, _ gradients: Gradients) -> Tensor? {
    guard let inner, zip(updates, dys).contains(where: { $0 != nil && $1 != nil }) else {
      return nil
    }
    let du = innerGradient(dys, of: inner)
    for (index, update) in updates.enumerated() {
      guard let update, let dy = dys[index] else { continue }
      gradients.add(to: update.up) {
        product(
          .transposed(MatrixView(dy)), .plain(MatrixView(inner)[0..<inner.rows, parts[index]]),
          update.up, update.scale, keeping: (dy, inner))
      }
      guard let x else { continue }
      gradients.add(to: update.down) {
        product(
          .transposed(MatrixView(du)[0..<du.rows, parts[index]]), .plain(MatrixView(x)),
          update.down, 1, keeping: (du, x))
      }
    }
    return du
  }

  private func product(
    _ a: Factor, _ b: Factor, _ target: Variable, _ scale: Float, keeping: (Tensor, Tensor)
  ) -> Tensor {
    withExtendedLifetime(keeping) {
      Tensor(rows: target.rows, columns: target.columns, scale: scale, product: a, b)
        .reshaped(target.shape)
    }
  }

  /// `du = s · dy B`, each layer in its own columns.
  private func innerGradient(_ dys: [Tensor?], of inner: Tensor) -> Tensor {
    Tensor(zeros: inner.shape) { out in
      let view = MutableMatrixView(out, rows: inner.rows, columns: inner.columns)
      for (index, update) in updates.enumerated() {
        guard let update, let dy = dys[index], !parts[index].isEmpty else { continue }
        withExtendedLifetime((update.up, dy)) {
          BLAS.product(
            .plain(MatrixView(dy)), .plain(MatrixView(update.up.value)), scale: update.scale,
            into: view[0..<inner.rows, parts[index]], on: .shared)
        }
      }
    }
  }

  /// `out += du A` for all layers at once.
  func addInputGradient(_ du: Tensor, into out: MutableMatrixView) {
    guard let stackedDown, stackedDown.rows > 0 else { return }
    withExtendedLifetime((du, stackedDown)) {
      BLAS.product(
        .plain(MatrixView(du)), .plain(MatrixView(stackedDown)), accumulating: true, into: out,
        on: .shared)
    }
  }
}

extension Tensor {
  /// The rows of all `parts`, one below the other.
  init(stackingRows parts: [Tensor], columns: Int) {
    precondition(parts.allSatisfy { $0.columns == columns })
    self.init([parts.reduce(0) { $0 + $1.rows }, columns]) { out in
      var target = out
      for part in parts {
        part.withElements { source in
          if let base = source.baseAddress { target.update(from: base, count: source.count) }
          target += source.count
        }
      }
    }
  }
}
