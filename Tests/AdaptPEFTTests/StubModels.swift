// Models of which only the outline exists: places and shapes without weights.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// A matrix that has a shape and nothing else.
struct ShapeOnly: WeightMatrix {
  let rows: Int
  let columns: Int

  func multiplyTransposed(_ x: MatrixView, into out: MutableMatrixView, on pool: ThreadPool) {}
  func multiply(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView, on pool: ThreadPool
  ) {}
  func gather(_ numbers: [Int32], into out: MutableMatrixView) {}
  var expanded: Tensor {
    Tensor([rows, columns], [Float](repeating: 0, count: rows * columns))
  }
}

/// Puts an outline together, one module after the other.
struct StubModel {
  private(set) var outline: ModelOutline
  private var sites = 0

  init(architecture: String = "llama", layers: Int, width: Int = 8, keys: Int? = nil) {
    outline = ModelOutline(
      architecture: architecture, path: "stub", width: width, layers: layers, headWidth: 4,
      rules: AttentionRules(heads: width / 4, keyHeads: (keys ?? width) / 4, isCausal: true))
  }

  private mutating func parameter(_ name: String, _ shape: [Int]) -> ModelParameter {
    let parameter = ModelParameter(
      number: outline.parameters.count, name: name, shape: shape,
      weight: ShapeOnly(rows: shape.dropLast().reduce(1, *), columns: shape.last ?? 1))
    outline.parameters.append(parameter)
    return parameter
  }

  private mutating func site(_ path: String, _ layer: Int?) -> Site {
    defer { sites += 1 }
    return Site(number: sites, path: path, layer: layer)
  }

  @discardableResult
  mutating func linear(
    _ path: String, _ input: Int, _ output: Int, layer: Int? = nil, hasBias: Bool = false
  ) -> Linear {
    let weight = parameter(path + ".weight", [output, input])
    let linear = Linear(
      site: site(path, layer), weight: weight,
      bias: hasBias ? parameter(path + ".bias", [output]) : nil)
    outline.linears.append(linear)
    return linear
  }

  /// A head over a parameter that is there already.
  mutating func head(_ path: String, tiedTo weight: ModelParameter) {
    let linear = Linear(site: site(path, nil), weight: weight, bias: nil)
    outline.linears.append(linear)
    outline.head = linear.site
  }

  mutating func head(_ path: String, _ input: Int, _ output: Int, hasBias: Bool = false) {
    outline.head = linear(path, input, output, hasBias: hasBias).site
  }

  @discardableResult
  mutating func table(_ path: String, _ rows: Int, _ width: Int) -> ModelParameter {
    let table = parameter(path + ".weight", [rows, width])
    outline.embeddings.append(Embedding(site: site(path, nil), table: table))
    return table
  }

  mutating func vector(_ name: String, _ count: Int) { _ = parameter(name, [count]) }

  /// The layers of a Llama: as wide and deep as asked.
  static func llama(
    layers: Int, width: Int, keys: Int, feedForward: Int, vocabulary: Int, isTied: Bool
  ) -> ModelOutline {
    var model = StubModel(layers: layers, width: width, keys: keys)
    let words = model.table("model.embed_tokens", vocabulary, width)
    for layer in 0..<layers {
      let name = "model.layers.\(layer)."
      for (part, input, output) in [
        ("self_attn.q_proj", width, width), ("self_attn.k_proj", width, keys),
        ("self_attn.v_proj", width, keys),
        ("self_attn.o_proj", width, width), ("mlp.gate_proj", width, feedForward),
        ("mlp.up_proj", width, feedForward),
        ("mlp.down_proj", feedForward, width),
      ] {
        model.linear(name + part, input, output, layer: layer)
      }
      model.vector(name + "input_layernorm.weight", width)
      model.vector(name + "post_attention_layernorm.weight", width)
    }
    model.vector("model.norm.weight", width)
    if isTied {
      model.head("lm_head", tiedTo: words)
    } else {
      model.head("lm_head", width, vocabulary)
    }
    return model.outline
  }

  /// The layers of a BERT with a classifier, width 8.
  static func bert(layers: Int, head: String = "classifier") -> ModelOutline {
    var model = StubModel(architecture: "bert", layers: layers)
    model.table("bert.embeddings.word_embeddings", 30, 8)
    model.vector("bert.embeddings.LayerNorm.weight", 8)
    model.vector("bert.embeddings.LayerNorm.bias", 8)
    for layer in 0..<layers {
      let name = "bert.encoder.layer.\(layer)."
      for (part, input, output) in [
        ("attention.self.query", 8, 8), ("attention.self.key", 8, 8),
        ("attention.self.value", 8, 8), ("attention.output.dense", 8, 8),
        ("intermediate.dense", 8, 12), ("output.dense", 12, 8),
      ] {
        model.linear(name + part, input, output, layer: layer, hasBias: true)
      }
      model.vector(name + "output.LayerNorm.weight", 8)
      model.vector(name + "output.LayerNorm.bias", 8)
    }
    model.linear("bert.pooler.dense", 8, 8, hasBias: true)
    model.head(head, 8, 3, hasBias: true)
    return model.outline
  }
}
