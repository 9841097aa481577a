"""Copies the committed subset of a generator's folder, with a manifest of its own.

Usage: make_subset.py GOLDEN OUT   (GOLDEN: the reference set's folder)
"""
import hashlib, json, os, shutil, sys

golden, out = sys.argv[1:]
MODELS = ["llama", "mistral", "qwen2", "qwen3", "gpt2", "gemma2", "phi3", "bert", "bert_cls", "bert_qa"]
MODEL_FILES = ["config.json", "config_v4.json", "golden.json", "golden.safetensors", "grads.safetensors", "model.safetensors"]
ADAPTERS = ["llama/lora_small", "gpt2/lora_small", "gpt2/rslora", "qwen2/lora_small", "bert_cls/lora_small", "bert_qa/lora_small"]
WHOLE = ["quant", "optim", "decoding"]
LINES = 40  # of the texts and their encodings

files = [f"models/{m}/{f}" for m in MODELS for f in MODEL_FILES]
for place in WHOLE + [f"peft/{a}" for a in ADAPTERS]:
    for folder, _, names in os.walk(os.path.join(golden, place)):
        files += [os.path.relpath(os.path.join(folder, n), golden) for n in names]
files += [f"peft/{m}/batches.safetensors" for m in ("llama", "gpt2", "qwen2", "bert_cls", "bert_qa")]
files += ["tokenizers/wordpiece/tokenizer.json", "tokenizers/wordpiece/tokenizer_config.json"]
cut = ["tokenizers/strings.jsonl", "tokenizers/wordpiece/encode.jsonl"]

shutil.rmtree(out, ignore_errors=True)
for name in files + cut:
    target = os.path.join(out, name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(os.path.join(golden, name), "rb") as source:
        data = source.read()
    if name in cut:
        data = b"".join(data.splitlines(keepends=True)[:LINES])
    with open(target, "wb") as copy:
        copy.write(data)

listed = {}
for name in sorted(files + cut):
    with open(os.path.join(out, name), "rb") as copy:
        data = copy.read()
    listed[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
manifest = json.load(open(os.path.join(golden, "MANIFEST.json")))
manifest.update(total_bytes=sum(f["bytes"] for f in listed.values()), files=listed)
with open(os.path.join(out, "MANIFEST.json"), "w") as copy:
    json.dump(manifest, copy, indent=0)
print(f"{len(listed)} files, {manifest['total_bytes']} bytes")
