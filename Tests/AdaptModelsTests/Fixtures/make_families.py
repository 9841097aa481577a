"""Writes families/: small models of settings that the reference set lacks, with logits and loss by transformers.

Usage: make_families.py OUT   (needs torch and transformers 5)
"""
import json, os, sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM, SmolLM3Config, SmolLM3ForCausalLM

torch.manual_seed(0)


def make(name, model):
    folder = os.path.join(sys.argv[1], name)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        model.eval().save_pretrained(folder)
        ids = torch.randint(0, model.config.vocab_size, (1, 15))
        out = model(ids, labels=ids)
    os.remove(os.path.join(folder, "generation_config.json"))
    facts = {"ids": ids[0].tolist(), "last": out.logits[0, -1].tolist(), "loss": out.loss.item()}
    json.dump(facts, open(os.path.join(folder, "reference.json"), "w"))


small = dict(vocab_size=50, hidden_size=16, intermediate_size=24, num_hidden_layers=4, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=64, use_sliding_window=True, sliding_window=5,
             attn_implementation="eager")
make("smollm3", SmolLM3ForCausalLM(SmolLM3Config(**small, bos_token_id=1, eos_token_id=2, pad_token_id=0)))
make("qwen2_windows", Qwen2ForCausalLM(Qwen2Config(**small, max_window_layers=2)))
make("gpt2_layers", GPT2LMHeadModel(GPT2Config(
    vocab_size=50, n_embd=16, n_layer=3, n_head=4, n_positions=32, n_inner=24, scale_attn_by_inverse_layer_idx=True,
    activation_function="relu", bos_token_id=1, eos_token_id=1, attn_implementation="eager")))
