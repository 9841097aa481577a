# Times the Rust library on one thread, on a text that `AdaptBench tokenize --keep FILE` wrote:
#   python time_peer.py FILE TOKENIZER.json...
import os, sys, time
os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer

text = open(sys.argv[1], encoding="utf8", newline="").read()
lines = [line + "\n" for line in text.split("\n") if line]
documents, document, size = [], [], 0
for line in lines:
    document.append(line)
    size += len(line.encode())
    if size >= 50_000:
        documents.append("".join(document))
        document, size = [], 0
if document:
    documents.append("".join(document))
for path in sys.argv[2:]:
    start = time.perf_counter()
    tokenizer = Tokenizer.from_file(path)
    print(f"{path}: load {(time.perf_counter() - start) * 1e3:.0f} ms")
    for name, texts in (("lines", lines), ("documents of 50 kB", documents)):
        size = sum(len(t.encode()) for t in texts)
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            for t in texts:
                tokenizer.encode(t).ids
            runs.append(size / 1e6 / (time.perf_counter() - start))
        print(f"  {name}: {sorted(runs)[1]:.2f} MB/s ({min(runs):.2f} to {max(runs):.2f})")
