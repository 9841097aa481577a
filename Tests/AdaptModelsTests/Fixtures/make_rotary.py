"""Writes rotary.json: frequencies and scales of the transformers library for small Llama configurations.

Usage: make_rotary.py OUT   (transformers 5.23.0, torch; `versions` in the file says which)
"""
import json, sys, warnings
import torch, transformers
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()

body = dict(model_type="llama", vocab_size=320, hidden_size=64, intermediate_size=80, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128)


def new(type, head=16, positions=128, **keys):
    return body | dict(head_dim=head, max_position_embeddings=positions,
                       rope_parameters=dict(rope_type=type, rope_theta=1e4) | keys)


def old(scaling, head=16, positions=128, theta=1e4, **keys):
    return body | dict(head_dim=head, max_position_embeddings=positions, rope_theta=theta, rope_scaling=scaling) | keys


llama32 = dict(factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192)
cases = {
    "default": (new("default"), 8),
    "default, base and width": (new("default", head=12, rope_theta=5e5), 8),
    "no rope keys": (body | dict(head_dim=16), 8),
    "null scaling": (old(None, theta=2e4), 8),
    "linear": (new("linear", factor=2.0), 8),
    "linear, old type": (old(dict(type="linear", factor=2.5)), 8),
    "dynamic, short": (new("dynamic", factor=2.0), 128),
    "dynamic, one more": (new("dynamic", factor=2.0), 129),
    "dynamic, long": (old(dict(type="dynamic", factor=4.0), head=128, positions=4096), 8192),
    "dynamic, golden": (new("dynamic", factor=2, head=128, positions=4096), 8192),
    "llama3": (new("llama3", head=12, rope_theta=5e5, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=16), 8),
    "llama3, 3.2 1B": (old(dict(rope_type="llama3") | llama32, head=64, positions=131072, theta=5e5), 8),
    "llama3, length outside": (old(dict(rope_type="llama3") | {k: v for k, v in llama32.items() if k[0] != "o"}, head=64,
                                   positions=131072, theta=5e5, original_max_position_embeddings=8192), 8),
    "llama3, no length": (old(dict(rope_type="llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=3.0)), 8),
    "yarn": (new("yarn", factor=4.0, original_max_position_embeddings=32), 8),
    "yarn, Qwen2.5": (old(dict(type="yarn", factor=4.0, original_max_position_embeddings=32768), head=128,
                          positions=32768, theta=1e6), 8),
    "yarn, attention": (new("yarn", factor=4.0, original_max_position_embeddings=32, attention_factor=0.75), 8),
    "yarn, both magnitudes": (new("yarn", factor=40.0, original_max_position_embeddings=4096, head=64,
                                  positions=163840, mscale=1.0, mscale_all_dim=0.7), 8),
    "yarn, one magnitude": (new("yarn", factor=8.0, original_max_position_embeddings=64, mscale=0.7), 8),
    "yarn, no truncation": (new("yarn", factor=8.0, original_max_position_embeddings=1024, head=64, truncate=False,
                                positions=8192, rope_theta=1.5e5), 8),
    "yarn, betas": (new("yarn", factor=8.0, original_max_position_embeddings=1024, head=64, positions=8192,
                        beta_fast=16, beta_slow=2), 8),
    "yarn, zero betas": (new("yarn", factor=8.0, original_max_position_embeddings=1024, head=64, positions=8192,
                             beta_fast=0, beta_slow=0), 8),
    "yarn, equal betas": (new("yarn", factor=8.0, original_max_position_embeddings=1024, head=64, positions=8192,
                              beta_fast=4, beta_slow=4, truncate=False), 8),
    "yarn, null factor": (new("yarn", factor=None, original_max_position_embeddings=16), 8),
    "yarn, no length": (old(dict(rope_type="yarn", factor=4.0)), 8),
    "yarn, factor below one": (new("yarn", factor=0.5, original_max_position_embeddings=64), 8),
    "yarn, ramp beyond the pairs": (new("yarn", factor=4.0, original_max_position_embeddings=1000000, positions=4000000,
                                        head=8, rope_theta=100.0), 8),
}
found = []
for name, (config, length) in cases.items():
    made = LlamaConfig(**json.loads(json.dumps(config)))
    type = made.rope_parameters["rope_type"]
    make = LlamaRotaryEmbedding.compute_default_rope_parameters if type == "default" else ROPE_INIT_FUNCTIONS[type]
    frequencies, scale = make(made, seq_len=length) if type == "dynamic" else make(made)
    found.append(dict(name=name, config=config, length=length, scale=scale, frequencies=frequencies.double().tolist()))
versions = dict(transformers=transformers.__version__, torch=torch.__version__.split("+")[0])
with open(sys.argv[1], "w") as out:
    out.write('{"versions": %s, "cases": [\n' % json.dumps(versions))
    out.write(",\n".join(json.dumps(case) for case in found) + "\n]}\n")
