"""Copies the tiny BERT golden, and the configurations of all Llama and BERT goldens in both spellings.

Usage: make_fixtures.py GOLDEN OUT   (GOLDEN: the reference set's folder)
"""
import json, os, shutil, sys

golden, out = sys.argv[1:]
source, target = os.path.join(golden, "models/bert"), os.path.join(out, "bert")
os.makedirs(target, exist_ok=True)
for name in ["config.json", "config_v4.json", "model.safetensors", "golden.safetensors",
             "tokenizer.json", "tokenizer_config.json"]:
    shutil.copyfile(os.path.join(source, name), os.path.join(target, name))

for model in ["llama", "llama3", "llama_linear", "llama_yarn", "bert_cls", "bert_qa"]:
    target = os.path.join(out, "configurations", model)
    os.makedirs(target, exist_ok=True)
    for name in ["config.json", "config_v4.json"]:
        shutil.copyfile(os.path.join(golden, "models", model, name), os.path.join(target, name))
