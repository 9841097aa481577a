// Configurations that are asked for by name; the sizes of published models, or small ones to try things on.

enum NamedConfigurations {
  static let all: [(name: String, values: [String: ConfigurationValue])] = [
    (
      "smol135",
      llama(width: 576, layers: 30, heads: (9, 3), feedForward: 1_536)
        .merging(["vocab_size": 49_152, "tie_word_embeddings": true]) { $1 }
    ),
    (
      "tiny15",
      llama(width: 288, layers: 6, heads: (6, 6), feedForward: 768)
        .merging(["vocab_size": 32_000, "tie_word_embeddings": true]) { $1 }
    ),
    (
      "tinyllama1100",
      llama(width: 2_048, layers: 22, heads: (32, 4), feedForward: 5_632)
        .merging(["vocab_size": 32_000, "tie_word_embeddings": false]) { $1 }
    ),
    (
      "llama-mini",
      llama(width: 64, layers: 2, heads: (4, 2), feedForward: 96)
        .merging(["vocab_size": 256, "tie_word_embeddings": false]) { $1 }
    ),
    ("bert-base", bert(width: 768, layers: 12, heads: 12, feedForward: 3_072)),
    ("bert-mini", bert(width: 256, layers: 4, heads: 4, feedForward: 1_024)),
    ("bert-tiny", bert(width: 128, layers: 2, heads: 2, feedForward: 512)),
    ("minilm", bert(width: 384, layers: 6, heads: 12, feedForward: 1_536)),
  ]

  private static func llama(
    width: Int, layers: Int, heads: (queries: Int, keys: Int), feedForward: Int
  ) -> [String: ConfigurationValue] {
    [
      "model_type": "llama", "architectures": ["LlamaForCausalLM"],
      "hidden_size": .integer(width), "num_hidden_layers": .integer(layers),
      "num_attention_heads": .integer(heads.queries),
      "num_key_value_heads": .integer(heads.keys), "head_dim": .integer(width / heads.queries),
      "intermediate_size": .integer(feedForward), "max_position_embeddings": 2_048,
      "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 10_000.0, "rope_scaling": .null,
      "attention_bias": false, "attention_dropout": 0.0, "mlp_bias": false, "bos_token_id": 1,
      "eos_token_id": 2, "initializer_range": 0.02, "use_cache": true,
    ]
  }

  private static func bert(
    width: Int, layers: Int, heads: Int, feedForward: Int
  ) -> [String: ConfigurationValue] {
    [
      "model_type": "bert", "architectures": ["BertModel"], "vocab_size": 30_522,
      "hidden_size": .integer(width), "num_hidden_layers": .integer(layers),
      "num_attention_heads": .integer(heads), "intermediate_size": .integer(feedForward),
      "max_position_embeddings": 512, "type_vocab_size": 2, "hidden_act": "gelu",
      "layer_norm_eps": 1e-12, "pad_token_id": 0, "position_embedding_type": "absolute",
      "attention_probs_dropout_prob": 0.1, "hidden_dropout_prob": 0.1,
      "initializer_range": 0.02, "use_cache": true,
    ]
  }
}
