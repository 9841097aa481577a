// The places of a model where an adapter can stand. A model calls its parameters through them and names no
// method; a method sees sites and names no architecture.
package import AdaptGradients
import AdaptTensors

/// A named place of one model.
package struct Site: Sendable, Hashable {
  /// Place among the model's sites; the stream of its random numbers.
  package let number: Int
  /// Module path as in Hugging Face: `model.layers.0.self_attn.q_proj`.
  package let path: String
  /// The layer it lies in; nil outside of layers.
  package let layer: Int?

  package init(number: Int, path: String, layer: Int?) {
    self.number = number
    self.path = path
    self.layer = layer
  }
}

/// A dense layer: `x [N, in] · weight [out, in]ᵀ + bias [out]`.
package struct Linear: Sendable {
  package let site: Site
  package let weight: ModelParameter
  package let bias: ModelParameter?

  package init(site: Site, weight: ModelParameter, bias: ModelParameter?) {
    self.site = site
    self.weight = weight
    self.bias = bias
  }

  package var inputs: Int { weight.weight.columns }
  package var outputs: Int { weight.weight.rows }

  /// `[N, out]`, through the adapter that stands here.
  package func callAsFunction(_ x: Variable, in pass: Pass) -> Variable {
    linears([self], x, in: pass)[0]
  }

  /// This layer without its adapter, with the parameters that hold in `pass`.
  package func base(in pass: Pass) -> BaseLinear {
    BaseLinear(
      site: site, weight: pass[weight], bias: bias.map { pass[$0] },
      isTransposed: weight.isTransposed)
  }
}

/// Dense layers that share an input, called together: low-rank updates of all of them take one product.
package func linears(_ layers: [Linear], _ x: Variable, in pass: Pass) -> [Variable] {
  guard let adapters = pass.adapter?.linears, !adapters.isEmpty else {
    return x.linears(layers.map { $0.base(in: pass).layer })
  }
  var together: [DenseLayer] = []
  let results: [Variable?] = layers.map { layer in
    let base = layer.base(in: pass)
    var dense = base.layer
    if let adapter = adapters[layer.site.number] {
      guard let update = adapter.lowRankUpdate(at: base, in: pass) else {
        return adapter(x, through: base, in: pass)
      }
      dense.update = update
    }
    together.append(dense)
    return nil
  }
  var rest = (together.isEmpty ? [] : x.linears(together)).makeIterator()
  return results.compactMap { $0 ?? rest.next() }
}

/// A dense layer as an adapter is given it: the frozen call.
package struct BaseLinear: Sendable {
  package let site: Site
  /// `[out, in]` where frozen; a trainable one has the file's shape.
  package let weight: Parameter
  package let bias: Parameter?
  /// Whether a trainable weight lies as `[in, out]`.
  package let isTransposed: Bool

  package init(site: Site, weight: Parameter, bias: Parameter?, isTransposed: Bool = false) {
    self.site = site
    self.weight = weight
    self.bias = bias
    self.isTransposed = isTransposed
  }

  /// The layer as an operation takes it.
  package var layer: DenseLayer {
    DenseLayer(weight: weight, bias: bias, isTransposed: isTransposed)
  }

  /// `x Wᵀ + b`.
  package func callAsFunction(_ x: Variable) -> Variable { x.linears([layer])[0] }

  /// `x Wᵀ`, for adapters that act before the bias.
  package func withoutBias(_ x: Variable) -> Variable {
    x.linears([DenseLayer(weight: weight, isTransposed: isTransposed)])[0]
  }
}

/// A table of rows by number: `table [V, D]`.
package struct Embedding: Sendable {
  package let site: Site
  package let table: ModelParameter

  package init(site: Site, table: ModelParameter) {
    self.site = site
    self.table = table
  }

  package var rows: Int { table.weight.rows }
  package var width: Int { table.weight.columns }

  /// This table without its adapter, with the parameter that holds in `pass`.
  package func base(in pass: Pass) -> BaseEmbedding {
    BaseEmbedding(site: site, table: pass[table])
  }

  /// The rows `numbers` as `[N, D]`, through the adapter that stands here.
  ///
  /// - Precondition: every number is below `rows`.
  package func callAsFunction(_ numbers: [Int32], in pass: Pass) -> Variable {
    let base = base(in: pass)
    guard let adapter = pass.adapter?.embeddings[site.number] else { return base(numbers) }
    return adapter(numbers, through: base, in: pass)
  }
}

/// A table as an adapter is given it: the frozen call.
package struct BaseEmbedding: Sendable {
  package let site: Site
  package let table: Parameter

  package func callAsFunction(_ numbers: [Int32]) -> Variable { embedding(numbers, table) }
}
