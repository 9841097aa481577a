// BERT encoders, bare or below a head.

extension ModelPlan {
  mutating func addBert(_ c: ModelConfiguration) throws(BenchFault) {
    let kind = try c.architecture(
      among: ["BertModel", "BertForSequenceClassification", "BertForQuestionAnswering"])
    let (D, F) = (
      try c.integer("hidden_size", in: 1...65_536),
      try c.integer("intermediate_size", in: 1...1_048_576)
    )
    let heads = try c.integer("num_attention_heads", in: 1...1_024)
    guard D % heads == 0 else {
      throw c.fault("num_attention_heads", wanted: "a divisor of \(D)", got: "\(heads)")
    }
    let prefix = kind == "BertModel" ? "" : "bert."
    let tables = [
      ("word", try c.integer("vocab_size", in: 1...4_000_000)),
      ("position", try c.integer("max_position_embeddings", in: 3...1_048_576)),
      ("token_type", try c.integer("type_vocab_size", in: 1...1_024, fallback: 2)),
    ]
    for (name, rows) in tables { addNoise("\(prefix)embeddings.\(name)_embeddings", rows, D) }
    addNorm(prefix + "embeddings.LayerNorm", D, hasBias: true)
    for layer in 0..<(try c.integer("num_hidden_layers", in: 1...1_024)) {
      addBertLayer("\(prefix)encoder.layer.\(layer).", width: D, feedForward: F)
    }
    if kind != "BertForQuestionAnswering" {
      addLinear(prefix + "pooler.dense", D, D, hasBias: true)
    }
    if kind == "BertForSequenceClassification" {
      addLinear("classifier", try c.labels(), D, hasBias: true)
    } else if kind == "BertForQuestionAnswering" {
      addLinear("qa_outputs", 2, D, hasBias: true)
    }
  }

  private mutating func addBertLayer(_ name: String, width: Int, feedForward: Int) {
    let (D, F) = (width, feedForward)
    for part in ["query", "key", "value"] {
      addLinear(name + "attention.self.\(part)", D, D, hasBias: true)
    }
    addLinear(name + "attention.output.dense", D, D, hasBias: true)
    addNorm(name + "attention.output.LayerNorm", D, hasBias: true)
    addLinear(name + "intermediate.dense", F, D, hasBias: true)
    addLinear(name + "output.dense", D, F, hasBias: true)
    addNorm(name + "output.LayerNorm", D, hasBias: true)
  }
}
