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
    ("qwen2-0.5b", qwen2(width: 896, layers: 24, heads: (14, 2), feedForward: 4_864)),
    ("qwen2-mini", small(qwen2(width: 64, layers: 2, heads: (4, 2), feedForward: 96))),
    ("qwen3-0.6b", qwen3(width: 1_024, layers: 28, heads: (16, 8), feedForward: 3_072)),
    ("qwen3-mini", small(qwen3(width: 64, layers: 2, heads: (4, 2), feedForward: 96))),
    (
      "mistral-mini",
      small(llama(width: 64, layers: 2, heads: (4, 2), feedForward: 96)).merging([
        "model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": 32,
        "tie_word_embeddings": false,
      ]) { $1 }
    ),
    (
      "phi3-mini",
      small(llama(width: 64, layers: 2, heads: (4, 4), feedForward: 96)).merging([
        "model_type": "phi3", "architectures": ["Phi3ForCausalLM"], "sliding_window": 32,
        "tie_word_embeddings": false,
      ]) { $1 }
    ),
    (
      "smollm3-mini",
      small(llama(width: 64, layers: 4, heads: (4, 2), feedForward: 96)).merging([
        "model_type": "smollm3", "architectures": ["SmolLM3ForCausalLM"],
        "no_rope_layers": [1, 1, 1, 0], "tie_word_embeddings": true, "pad_token_id": 0,
      ]) { $1 }
    ),
    (
      "gemma2-mini",
      small(llama(width: 64, layers: 2, heads: (4, 2), feedForward: 96)).merging([
        "model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "sliding_window": 32,
        "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh",
        "query_pre_attn_scalar": 16, "attn_logit_softcapping": 50.0,
        "final_logit_softcapping": 30.0, "tie_word_embeddings": true, "pad_token_id": 0,
      ]) { $1 }
    ),
    ("gpt2", gpt2(width: 768, layers: 12, heads: 12)),
    ("gpt2-mini", small(gpt2(width: 64, layers: 2, heads: 4))),
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

  /// The same with few tokens.
  private static func small(
    _ values: [String: ConfigurationValue]
  ) -> [String: ConfigurationValue] {
    values.merging(["vocab_size": 256, "bos_token_id": 1, "eos_token_id": 2]) { $1 }
  }

  private static func qwen2(
    width: Int, layers: Int, heads: (queries: Int, keys: Int), feedForward: Int
  ) -> [String: ConfigurationValue] {
    llama(width: width, layers: layers, heads: heads, feedForward: feedForward).merging([
      "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "attention_bias": .null,
      "vocab_size": 151_936, "rope_theta": 1e6, "rms_norm_eps": 1e-6,
      "tie_word_embeddings": true, "use_sliding_window": false, "sliding_window": 32_768,
      "max_window_layers": .integer(layers), "max_position_embeddings": 32_768,
      "bos_token_id": 151_643, "eos_token_id": 151_645,
    ]) { $1 }
  }

  private static func qwen3(
    width: Int, layers: Int, heads: (queries: Int, keys: Int), feedForward: Int
  ) -> [String: ConfigurationValue] {
    qwen2(width: width, layers: layers, heads: heads, feedForward: feedForward).merging([
      "model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
      "head_dim": 128, "max_position_embeddings": 40_960,
    ]) { $1 }
  }

  private static func gpt2(
    width: Int, layers: Int, heads: Int
  ) -> [String: ConfigurationValue] {
    [
      "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 50_257,
      "n_positions": 1_024, "n_embd": .integer(width), "n_layer": .integer(layers),
      "n_head": .integer(heads), "n_inner": .null, "activation_function": "gelu_new",
      "layer_norm_epsilon": 1e-5, "bos_token_id": 50_256, "eos_token_id": 50_256,
      "attn_pdrop": 0.1, "embd_pdrop": 0.1, "resid_pdrop": 0.1, "initializer_range": 0.02,
      "use_cache": true,
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
