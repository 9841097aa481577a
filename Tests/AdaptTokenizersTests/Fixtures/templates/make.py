"""Writes cases.jsonl: what Python's jinja2, set up as transformers does, makes of our own templates.

    pip install transformers jinja2
    python make.py                     # cases.jsonl beside this file
    python make.py DIR OUT.jsonl       # the chats below through every *.jinja of DIR
"""
import json
import pathlib
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = pathlib.Path(__file__).parent
VARIABLES = {
    "none_value": None, "yes": True, "no": False, "n": 7, "x": 2.5, "text": " Héllo wörld ",
    "words": ["pear", "Apple", "fig", "apple", "Fig"], "numbers": [3, 1, 2],
    "items": [{"name": "a", "n": 1, "on": True}, {"name": "b", "n": 2, "on": False},
              {"name": "C", "on": True}],
    "map": {"z": 1, "a": {"deep": [1, 2]}, "名": "値"}, "empty": [], "blank": "",
    "emoji": "e\u0301é👩‍🚀\r\n", "messages": [{"role": "user", "content": "hi"}],
}
LINES = (HERE / "expressions.txt").read_text().split("\n")
BLOCKS = (HERE / "blocks.txt").read_text().split("\n=====\n")

TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "Weather of a <city> & its \"area\"",
    "parameters": {"type": "object", "properties": {
        "city": {"type": "string", "description": "Name, e.g. Zürich"},
        "days": {"type": ["integer", "null"], "enum": [1, 2.5, None]}}, "required": ["city"]}}}]
CALL = {"id": "call00001", "type": "function",
        "function": {"name": "weather", "arguments": {"city": "Zürich", "days": 1}}}
CHATS = {
    "user": [{"role": "user", "content": "Hello, who are you?"}],
    "system": [{"role": "system", "content": "Answer in Chinese. "},
               {"role": "user", "content": " 你好 "}, {"role": "assistant", "content": "你好！\n"},
               {"role": "user", "content": "Tell me.\nPlease."}],
    "thinking": [{"role": "user", "content": "1+1?"},
                 {"role": "assistant", "content": "<think>\nsum\n</think>\n\n2"},
                 {"role": "user", "content": "2+2?"},
                 {"role": "assistant", "content": "<think>again</think>4", "reasoning_content": "r"}],
    "tools": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Weather?"},
              {"role": "assistant", "content": "", "tool_calls": [CALL]},
              {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "{\"t\": 3}"},
              {"role": "assistant", "content": "3 degrees"}],
    "parts": [{"role": "user", "content": [{"type": "text", "text": "a"},
                                           {"type": "text", "text": "b"}]}],
}


def case(template, variables):
    """One case: the text, or that Python refuses it."""
    from datetime import datetime
    compiled = _compile_jinja_template(template)
    compiled.globals["strftime_now"] = datetime(2025, 3, 9, 14, 5, 6).strftime
    return compiled.render(**variables)


def line(name, template, variables):
    entry = {"name": name, "template": template}
    if variables is not VARIABLES:
        entry["variables"] = variables
    try:
        entry["text"] = case(template, variables)
    except Exception as error:  # every refusal counts
        entry["error"] = f"{type(error).__name__}: {error}"
    return json.dumps(entry, ensure_ascii=False)


def main():
    if len(sys.argv) == 3:
        out = []
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.jinja")):
            for chat, messages in CHATS.items():
                for prompt in (False, True):
                    for tools in (None, TOOLS):
                        out.append(line(f"{path.name} {chat} {prompt} {bool(tools)}", path.read_text(), {
                            "messages": messages, "tools": tools, "documents": None,
                            "add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": "</s>"}))
        pathlib.Path(sys.argv[2]).write_text("\n".join(out) + "\n")
        return
    out = [json.dumps({"variables": VARIABLES}, ensure_ascii=False)]
    for i, text in enumerate(LINES):
        if text:
            out.append(line(f"expression {i + 1}", "{{ " + text + " }}", VARIABLES))
    for i, text in enumerate(BLOCKS):
        out.append(line(f"block {i + 1}", text, VARIABLES))
    (HERE / "cases.jsonl").write_text("\n".join(out) + "\n")


main()
