// One layer of BERT: self-attention and feed-forward part, each normalised with its residual after the sum.
import AdaptGradients
import AdaptTensors

/// A layer with its weights.
struct BertLayer: Sendable {
  private let number: Int
  let queryKeyValue: [Linear]
  private let attention: BaseAttention
  let output: Linear
  let outputNorm: LayerNorm
  let up: Linear
  let nonlinearity: Nonlinearity
  let down: Linear
  let downNorm: LayerNorm

  init(
    _ c: BertConfiguration, _ reader: ParameterReader, _ number: Int
  ) throws(ModelFault) {
    let (D, F, name) = (c.width, c.feedForward, "encoder.layer.\(number).")
    self.number = number
    attention = BaseAttention(layer: number, rules: Self.rules(c))
    nonlinearity = c.nonlinearity
    func linear(_ part: String, in input: Int, out: Int) throws(ModelFault) -> Linear {
      try reader.linear(name + part, in: input, out: out, hasBias: true, layer: number)
    }
    var projections: [Linear] = []
    for part in ["query", "key", "value"] {
      projections.append(try linear("attention.self.\(part)", in: D, out: D))
    }
    queryKeyValue = projections
    output = try linear("attention.output.dense", in: D, out: D)
    outputNorm = try reader.layerNorm(name + "attention.output.LayerNorm", D, c.epsilon)
    up = try linear("intermediate.dense", in: D, out: F)
    down = try linear("output.dense", in: F, out: D)
    downNorm = try reader.layerNorm(name + "output.LayerNorm", D, c.epsilon)
  }

  /// Every token sees every token of its segment.
  static func rules(_ c: BertConfiguration) -> AttentionRules {
    AttentionRules(heads: c.heads, isCausal: false)
  }

  func callAsFunction(_ h: Variable, in pass: Pass) -> Variable {
    pass.layer(number, h) { h, pass in
      let context = pass(.attention(layer: number), h, norm: { outputNorm($0, in: pass) }) {
        attend($0, in: $1)
      }
      let attended = outputNorm(context, residual: h, in: pass)
      let added = pass(.feedForward(layer: number), attended, norm: { downNorm($0, in: pass) }) {
        feedForward($0, in: $1)
      }
      return downNorm(added, residual: attended, in: pass)
    }
  }

  private func attend(_ h: Variable, in pass: Pass) -> Variable {
    let qkv = linears(queryKeyValue, h, in: pass)
    return output(attention.adapted(qkv[0], qkv[1], qkv[2], of: h, in: pass), in: pass)
  }

  private func feedForward(_ h: Variable, in pass: Pass) -> Variable {
    down(up(h, then: nonlinearity, in: pass), in: pass)
  }
}
