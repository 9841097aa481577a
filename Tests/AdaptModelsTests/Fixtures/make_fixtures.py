"""Copies the tiny BERT goldens, and the configurations of all Llama goldens in both spellings.

Usage: make_fixtures.py GOLDEN OUT   (GOLDEN: the reference set's folder)
"""
import os, shutil, sys

golden, out = sys.argv[1:]
common = ["config.json", "config_v4.json", "model.safetensors", "golden.safetensors", "grads.safetensors"]
for model, more in {"bert": ["tokenizer.json", "tokenizer_config.json"], "bert_cls": [], "bert_qa": []}.items():
    os.makedirs(os.path.join(out, model), exist_ok=True)
    for name in common + more:
        shutil.copyfile(os.path.join(golden, "models", model, name), os.path.join(out, model, name))

for model in ["llama", "llama3", "llama_linear", "llama_yarn", "bert_cls", "bert_qa"]:
    target = os.path.join(out, "configurations", model)
    os.makedirs(target, exist_ok=True)
    for name in ["config.json", "config_v4.json"]:
        shutil.copyfile(os.path.join(golden, "models", model, name), os.path.join(target, name))
