// Initialisations of LoRA from the weight itself. The model never changes, so what they take out of the base, or
// round in it, stands as a private base in the adapter.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Synchronization

/// A, B and the base beside them for one dense layer; formed once, when first asked for.
final class DecomposedStart: Sendable {
  private struct Values: Sendable {
    let down: Tensor
    let up: Tensor
    let base: any WeightMatrix
  }

  private let form: @Sendable () -> Values
  private let formed = Mutex<Values?>(nil)

  init(
    _ kind: LoRAConfiguration.Initialisation, _ linear: Linear, rank: Int, scale: Float
  ) {
    form = {
      let weight = linear.weight.weight.expanded
      switch kind {
      case .loftq(let bits, let iterations):
        return Self.loftq(weight, rank: rank, bits: bits, iterations: iterations)
      case .olora:
        let (q, r) = weight.leadingColumns(rank)
        return Self.without(weight, down: r, up: q, scale: scale)
      default:
        let iterations = if case .pissa(let iterations) = kind { iterations } else { Int?.none }
        let parts = weight.singularParts(rank, iterations: iterations, key: .sketch(linear.site))
        let (down, up) = parts.balanced(over: scale)
        return Self.without(weight, down: down, up: up, scale: scale)
      }
    }
  }

  private var values: Values {
    formed.withLock { values in
      if let values { return values }
      let new = form()
      values = new
      return new
    }
  }

  /// A and B as they begin.
  var factors: [Tensor] { [values.down, values.up] }

  var down: @Sendable () -> Tensor { { self.values.down } }
  var up: @Sendable () -> Tensor { { self.values.up } }

  func place(into adapter: inout Adapter, at linear: Linear) {
    adapter.parameters[linear.weight.number] = .frozen(values.base)
  }

  /// The base `W − s B A`: PiSSA (Meng et al., arXiv:2404.02948), OLoRA (Büyükakyüz, arXiv:2406.01775).
  private static func without(_ weight: Tensor, down: Tensor, up: Tensor, scale: Float) -> Values {
    let base = weight.adding(
      -scale, .plain(MatrixView(up)), .plain(MatrixView(down)), of: (up, down))
    return Values(down: down, up: up, base: base)
  }

  /// Alternates a base rounded to few bits with the best factors of what it misses (Li et al., arXiv:2310.08659).
  ///
  /// As in peft: blocks of 64 without double quantisation at 4 bits, one scale a row at 8.
  private static func loftq(
    _ weight: Tensor, rank: Int, bits: Int, iterations: Int
  ) -> Values {
    let format = bits == 8 ? WeightFormat.int8 : .nf4(block: 64, isDoubled: false)
    var rest = weight
    var parts: SingularParts?
    var base = WeightStorage(weight)
    for _ in 0..<iterations {
      // A model's weights are finite, and so is what its factors leave of them.
      base = (try? WeightStorage(rest, as: format)) ?? WeightStorage(rest)
      parts = weight.adding(-1, base.widened()).singularParts(rank)
      if let (down, up) = parts?.balanced(over: 1) {
        rest = weight.adding(-1, .plain(MatrixView(up)), .plain(MatrixView(down)), of: (up, down))
      }
    }
    let (down, up) =
      parts?.balanced(over: 1) ?? (
        Tensor(filling: [rank, weight.columns], with: 0),
        Tensor(filling: [weight.rows, rank], with: 0)
      )
    return Values(down: down, up: up, base: base)
  }
}

extension RandomKey {
  /// The numbers of a randomised decomposition: the same for every adapter, so that it can be formed again.
  fileprivate static func sketch(_ site: Site) -> RandomKey { RandomKey(seed: 0).stream(site, 2) }
}

extension Tensor {
  /// The sum with `scale · other`.
  fileprivate func adding(_ scale: Float, _ other: Tensor) -> Tensor {
    withElements { a in
      other.withElements { b in
        Tensor(shape) { out in for i in a.indices { out[i] = a[i] + scale * b[i] } }
      }
    }
  }
}
