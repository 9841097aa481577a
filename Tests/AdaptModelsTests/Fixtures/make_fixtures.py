"""Copies the tiny BERT golden and makes the sentence-embedding files around it.

Usage: make_fixtures.py GOLDEN OUT   (GOLDEN: the reference set's folder)
"""
import json, os, shutil, sys

golden, out = sys.argv[1:]
source, target = os.path.join(golden, "models/bert"), os.path.join(out, "bert")
os.makedirs(target, exist_ok=True)
for name in ["config.json", "config_v4.json", "model.safetensors", "golden.safetensors",
             "tokenizer.json", "tokenizer_config.json"]:
    shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
