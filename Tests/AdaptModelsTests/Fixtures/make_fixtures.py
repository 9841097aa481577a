"""Copies the tiny BERT goldens, and the configurations of all Llama and BERT goldens in both spellings.

Usage: make_fixtures.py GOLDEN OUT   (GOLDEN: the reference set's folder)
"""
import os, shutil, sys

golden, out = sys.argv[1:]


def copy(model, target, names):
    os.makedirs(target, exist_ok=True)
    for name in names:
        shutil.copyfile(os.path.join(golden, "models", model, name), os.path.join(target, name))


spellings = ["config.json", "config_v4.json"]
values = ["model.safetensors", "golden.safetensors", "grads.safetensors"]
for model, more in {"bert": ["tokenizer.json", "tokenizer_config.json"], "bert_cls": [], "bert_qa": []}.items():
    copy(model, os.path.join(out, model), spellings + values + more)
for model in ["llama", "llama3", "llama_linear", "llama_yarn", "bert_cls", "bert_qa"]:
    copy(model, os.path.join(out, "configurations", model), spellings)
