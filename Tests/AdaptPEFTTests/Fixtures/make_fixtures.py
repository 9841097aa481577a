"""Copies three LoRA runs of the reference set, with their models and batches.

Usage: make_fixtures.py GOLDEN OUT   (GOLDEN: the reference set's folder)
"""
import os, shutil, sys

golden, out = sys.argv[1:]
for model, methods in {"llama": ["lora_small", "lora_embed_head"], "bert_cls": ["lora_bias_only"]}.items():
    target = os.path.join(out, "models", model)
    os.makedirs(target, exist_ok=True)
    for name in ["config.json", "model.safetensors"]:
        shutil.copyfile(os.path.join(golden, "models", model, name), os.path.join(target, name))
    target = os.path.join(out, "peft", model)
    os.makedirs(target, exist_ok=True)
    source = os.path.join(golden, "peft", model)
    shutil.copyfile(os.path.join(source, "batches.safetensors"), os.path.join(target, "batches.safetensors"))
    for method in methods:
        shutil.copytree(os.path.join(source, method), os.path.join(target, method),
                        copy_function=shutil.copyfile, dirs_exist_ok=True)
