# Makes parts.jsonl: python make_parts.py GOLDEN/tokenizers > parts.jsonl (tokenizers 0.23.3)
import json, sys
from tokenizers import Tokenizer
G = sys.argv[1]
def base(name): return json.load(open(f"{G}/{name}/tokenizer.json"))
TEXTS = ["Hello, world!  It's 2024.", "  lead and trail  ", "", " ", "a<tok>b < tok > c<tok><tok>", "don't _do_ that<mask> now <mask>.",
  "naïve café ÀÉ ﬁ Ⅳ ½ ²3", "中文字符，測試。日本語テスト", "tab\tnew\n\nline\r\n end", "e\u0301 A\u030a \u1112\u1161\u11ab \ufb01", "x123y4567 89",
  "🙂👍🏽 emoji\u200d", "[MASK] [SEP]tok tokens tok.", "don't've I'LL we'd", "\u00a0nbsp\u3000wide", "▁under▁ score", "ΑΣ İstanbul ẞ", "a\u0000b\u0001c\u200bd\ufeffe"]
out = []
def add(label, t):
    name, kw, t = t
    tk = Tokenizer.from_str(json.dumps(t))
    cases = []
    for x in TEXTS:
        e = tk.encode(x); p = tk.encode(x, add_special_tokens=False)
        cases.append({"text": x, "ids": e.ids, "offsets": e.offsets, "plain": p.ids, "types": e.type_ids,
          "decoded": tk.decode(e.ids), "whole": tk.decode(e.ids, skip_special_tokens=False)})
    out.append({"label": label, "base": name, "model": kw.get("model", {}), "set": {k: v for k, v in kw.items() if k != "model"}, "cases": cases})
def mod(name, **kw):
    t = base(name)
    for k, v in kw.items():
        if k == "model": t["model"].update(v)
        else: t[k] = v
    return name, kw, t
def tok(i, c, **f): return {"id": i, "content": c, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **f}
u = base("unigram"); wp = base("wordpiece"); g = base("bpe_gpt2"); s = base("spm_bpe")
BL = lambda **k: {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True, **k}
SPLIT = lambda p, b, inv=False, kind="Regex": {"type": "Split", "pattern": {kind: p}, "behavior": b, "invert": inv}
add("gpt2 prefix space, trimmed", mod("bpe_gpt2", pre_tokenizer=BL(add_prefix_space=True), post_processor=BL(add_prefix_space=True)))
add("gpt2 trimmed without prefix space", mod("bpe_gpt2", post_processor=BL(add_prefix_space=False)))
n = max(g["model"]["vocab"].values())
flags = [tok(n+1, "<tok>", lstrip=True), tok(n+2, "<mask>", rstrip=True, lstrip=True, special=False), tok(n+3, "tok", single_word=True), tok(n+4, "<t", special=False)]
add("added tokens with flags", mod("bpe_gpt2", added_tokens=flags))
add("added tokens normalized", mod("spm_bpe", added_tokens=s["added_tokens"] + [tok(340, "<tok>", normalized=True, special=False), tok(341, "tok", normalized=True, single_word=True, special=False)]))
add("normalized lower-case", mod("wordpiece", added_tokens=wp["added_tokens"] + [tok(320, "TOK", normalized=True, special=False, single_word=True)]))
add("roberta", mod("bpe_gpt2", pre_tokenizer=BL(add_prefix_space=True), post_processor={"type": "RobertaProcessing", "sep": ["a", 64], "cls": ["b", 65], "trim_offsets": True, "add_prefix_space": True}))
add("bert processing", mod("wordpiece", post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}))
add("no decoder", mod("wordpiece", decoder=None))
for b in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]:
    add("split " + b, mod("bpe_gpt2", pre_tokenizer={"type": "Sequence", "pretokenizers": [SPLIT("[ae,.]", b), BL(use_regex=False)]}))
    add("split inverted " + b, mod("bpe_gpt2", pre_tokenizer={"type": "Sequence", "pretokenizers": [SPLIT("[ae,.]+", b, True), BL(use_regex=False)]}))
    add("punctuation " + b, mod("wordpiece", pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": b}]}))
add("split string", mod("bpe_gpt2", pre_tokenizer={"type": "Sequence", "pretokenizers": [SPLIT("o", "MergedWithNext", False, "String"), BL(use_regex=False)]}))
add("digits each", mod("bpe_gpt2", pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BL()]}))
add("digits together", mod("bpe_gpt2", pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": False}, BL(add_prefix_space=True)]}))
add("falcon", mod("bpe_gpt2", pre_tokenizer={"type": "Sequence", "pretokenizers": [{"type": "Punctuation", "behavior": "Contiguous"}, BL(), {"type": "Digits", "individual_digits": False}, SPLIT("[0-9][0-9][0-9]", "Isolated")]}))
add("byte-level normaliser", mod("bpe_gpt2", normalizer={"type": "ByteLevel"}, pre_tokenizer=SPLIT("Ġ", "MergedWithNext")))
add("delimiter", mod("wordpiece", pre_tokenizer={"type": "CharDelimiterSplit", "delimiter": "e"}))
add("whitespace", mod("wordpiece", pre_tokenizer={"type": "Whitespace"}))
for scheme in ["first", "always", "never"]:
    for split in [True, False]:
        add(f"metaspace {scheme} {split}", mod("unigram", normalizer=None, pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}, decoder={"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split}, added_tokens=u["added_tokens"] + [tok(300, "<tok>", special=False)]))
for nf in ["NFC", "NFD", "NFKC", "NFKD"]:
    add(nf, mod("bpe_gpt2", normalizer={"type": nf}))
add("strip, accents, lower", mod("bpe_gpt2", normalizer={"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]}))
add("nmt, replace, prepend", mod("bpe_gpt2", normalizer={"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "Replace", "pattern": {"Regex": "[0-9]+"}, "content": "##"}, {"type": "Replace", "pattern": {"String": "o"}, "content": ""}, {"type": "Prepend", "prepend": "_x"}]}))
add("bert normaliser bare", mod("wordpiece_cased", normalizer={"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": False, "strip_accents": True, "lowercase": False}))
add("spm fallback off", mod("spm_bpe", model={"byte_fallback": False}))
add("spm unknown apart", mod("spm_bpe", model={"byte_fallback": False, "fuse_unk": False}))
add("spm first", mod("spm_bpe", normalizer=None, pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}))
add("unigram fallback", mod("unigram", model={"byte_fallback": True, "vocab": u["model"]["vocab"] + [["<0x%02X>" % b, -20.0] for b in range(256)]}))
v = {"<unk>": 0, "l": 1, "o": 2, "w": 3, "##o": 4, "##w": 5, "e": 6, "##e": 7, "lo": 8, "low": 9, "a": 10, "##a": 11}
add("prefix bpe", mod("bpe_gpt2", added_tokens=[], pre_tokenizer={"type": "Whitespace"}, post_processor=None, decoder={"type": "WordPiece", "prefix": "##", "cleanup": False}, model={"unk_token": "<unk>", "continuing_subword_prefix": "##", "vocab": v, "merges": [["l", "##o"], ["lo", "##w"]]}))
v = {"<unk>": 0, "l": 1, "o": 2, "w": 3, "t</w>": 4, "d</w>": 5, "e": 6, "d": 7, "t": 8, "lo": 9, "ld</w>": 10, "a": 11, "a</w>": 12}
add("suffix bpe", mod("bpe_gpt2", added_tokens=[], pre_tokenizer={"type": "Whitespace"}, post_processor=None, decoder={"type": "BPEDecoder", "suffix": "</w>"}, model={"unk_token": "<unk>", "end_of_word_suffix": "</w>", "vocab": v, "merges": [["l", "d</w>"], ["l", "o"]]}))
add("ignore merges", mod("bpe_gpt2", model={"ignore_merges": True, "vocab": {**g["model"]["vocab"], "ĠIt": 400, "world": 401}}))
add("replaced after fuse", mod("spm_bpe", decoder={"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Replace", "pattern": {"Regex": "▁+"}, "content": " "}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}))
for o in out: print(json.dumps(o, ensure_ascii=False, separators=(",", ":")))
