"""Loads adapters that adapt wrote into Python's peft and compares the logits.

Optional, outside the product: `check_interop.py ADAPTERS MODELS LLAMA` with the folder that the test InteropAdapters wrote
(INTEROP=DIR), the folder of the tiny models (Tests/AdaptGoldenTests/Golden/models) and that of the Llama beside the
tests of adapters (Tests/AdaptPEFTTests/Fixtures/models). Needs torch, transformers, peft and safetensors.
"""
import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from safetensors.torch import load_file

TOLERANCE = 1e-4


def base(folder):
    names = json.loads((folder / "config.json").read_text())["architectures"]
    kind = (
        transformers.AutoModelForSequenceClassification
        if names[0].endswith("ForSequenceClassification")
        else transformers.AutoModelForCausalLM
    )
    return kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


# What peft itself cannot do, with its words or ours.
REFUSED = {
    ("gpt2", "oft"): "peft's OFT takes no Conv1D",
    ("gpt2", "olora"): "peft's OLoRA takes Conv1D the wrong way round",
    ("bert_cls", "lora-all-linear"): "peft's all-linear takes the classifier where no task is named",
}


def refused(model, adapter):
    return next((why for (m, a), why in REFUSED.items() if m == model and adapter.startswith(a)), None)


def difference(folder, model_folder):
    """The largest difference of the logits, and what the adapter changes."""
    ours = load_file(folder / "ours.safetensors")
    tokens = ours["tokens"][None]
    model = base(model_folder)
    with torch.no_grad():
        before = model(tokens).logits
        adapted = peft.PeftModel.from_pretrained(model, folder).eval()
        after = adapted(tokens).logits
    # Virtual tokens stand before the text.
    theirs, before = (x.reshape(-1, x.shape[-1])[-len(ours["logits"]):] for x in (after, before))
    return (theirs - ours["logits"]).abs().max().item(), (theirs - before).abs().max().item()


def main():
    adapters, models, fixtures = map(Path, sys.argv[1:4])
    failures = 0
    print(f"peft {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}")
    print(f"{'model':10} {'adapter':36} {'difference':>12} {'effect':>10}")
    for folder in sorted(adapters.glob("*/*/")):
        name = folder.parent.name
        model = (fixtures if name in ("llama", "bert_cls") else models) / name
        if why := refused(name, folder.name):
            print(f"{name:10} {folder.name:36} not compared: {why}")
            continue
        try:
            far, effect = difference(folder, model)
            # Nothing is shown by an adapter that does nothing.
            passed = far <= TOLERANCE and effect > 100 * TOLERANCE
            print(f"{name:10} {folder.name:36} {far:12.2e} {effect:10.2e} {'' if passed else 'FAILED'}")
        except Exception as error:
            passed = False
            print(f"{name:10} {folder.name:36} FAILED {type(error).__name__}: {str(error)[:200]}")
        failures += not passed
    print(f"{failures} failures")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
