// AdaLoRA on one model: its orthogonal term, the cuts of its budget, and files without what was cut.
package import AdaptGradients
package import AdaptModels
package import AdaptTensors

/// An AdaLoRA adapter with the importance of its parts.
package struct AttachedAdaLoRA: AttachedAdapter {
  private let sites: AttachedSites
  private let configuration: AdaLoRAConfiguration
  private let allocator: RankAllocator

  package var method: String { sites.method }
  package var adapter: Adapter { sites.adapter }
  package var parameters: [AdapterParameter] { sites.parameters }

  init(_ sites: AttachedSites, _ configuration: AdaLoRAConfiguration) {
    self.sites = sites
    self.configuration = configuration
    allocator = RankAllocator(configuration, modules: sites.modules)
  }

  /// `γ · mean ‖A Aᵀ − I‖ and ‖Bᵀ B − I‖`, the Frobenius norm itself (equation 4 has its square).
  package func regularisation() -> Variable? {
    guard configuration.orthogonality > 0, !sites.modules.isEmpty else { return nil }
    var norms: [Variable] = []
    for module in sites.modules {
      let (a, b) = (Variable(module[0]), Variable(module[1]))
      guard a.rows > 0 else { continue }
      norms.append(a.multiplied(a, transposed: true).distanceFromIdentity)
      norms.append(b.multiplied(b, selfTransposed: true).distanceFromIdentity)
    }
    guard let first = norms.first else { return nil }
    let count = Float(2 * sites.modules.count)
    return norms.dropFirst().reduce(first, +)
      .scaled(by: Float(configuration.orthogonality) / count)
  }

  /// Follows the sensitivity of every weight, and masks parts where the schedule says so.
  package func afterStep(_ step: Int, gradient: (Trainable) -> Tensor?) {
    allocator.step(step, gradient)
  }

  /// The importance of each part by the key of its E; empty where none is known.
  package var scores: [String: [Float]] { allocator.scores }

  package var state: [String: Tensor] { allocator.state }

  package func restore(_ state: [String: Tensor]) throws(PEFTFault) {
    try allocator.restore(state)
  }

  /// Without the parts that were cut and are zero; `rank_pattern` says which they are.
  package func files() throws(PEFTFault) -> AdapterFiles {
    var files = try sites.files()
    var pattern = configuration.rankPattern
    for (module, kept) in zip(sites.modules, allocator.kept) {
      guard let kept, let path = PEFTKey.path(of: module[2].name) else { continue }
      let rows = kept.indices.filter { kept[$0] }.map { Int32($0) }
      if rows.count < kept.count {
        for part in [module[0], module[2]] {
          files.tensors[part.name] = Variable(part.value).gatheringRows(rows).value
        }
        files.tensors[module[1].name] = module[1].value.gatheringColumns(rows)
      }
      // What an earlier file had lost stays lost.
      var mask = pattern[path] ?? kept.map { _ in true }
      for (place, isKept) in zip(mask.indices.filter { mask[$0] }, kept) { mask[place] = isKept }
      pattern[path] = mask
    }
    var saved = configuration
    saved.rankPattern = pattern
    files.configuration = sites.fields(saved)
    return files
  }
}

extension PEFTKey {
  /// The path in the model of a key; nil where it is another kind of key.
  static func path(of key: String) -> String? {
    key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : nil
  }
}

extension Tensor {
  /// The chosen columns `[M, n]`.
  fileprivate func gatheringColumns(_ chosen: [Int32]) -> Tensor {
    let (K, n) = (columns, chosen.count)
    return withElements { x in
      Tensor([rows, n]) { out in
        for row in 0..<rows {
          for (j, column) in chosen.enumerated() { out[row * n + j] = x[row * K + Int(column)] }
        }
      }
    }
  }
}

extension Variable {
  /// The Frobenius norm of a square matrix less the identity, shape `[]`.
  ///
  /// ‖M‖ = Σ M ⊙ (M / ‖M‖), whose second factor, held constant, is the gradient.
  fileprivate var distanceFromIdentity: Variable {
    let r = rows
    var identity = [Float](repeating: 0, count: r * r)
    for i in 0..<r { identity[i * r + i] = 1 }
    let difference = self - Variable(Tensor([r, r], identity))
    let square = difference.value.withElements {
      $0.reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    let inverse = square > 0 ? Float(1 / square.squareRoot()) : 0
    return (difference * difference.detached.scaled(by: inverse)).sum
  }
}
