"""What Python's tokenizers and transformers make of texts, for byte-level.test.ts.

  fixture FOLDER       trains a tiny byte-level BPE on generated sentences, and writes tokenizer.json and
                       expected.json: texts with their ids. The committed fixture is made by
                         $TORCH_PYTHON test/ml/text/byte_level_side.py fixture test/fixtures/byte-level
  folders FOLDER N     writes folders as RobertaTokenizerFast saves them, each with an expected.json of N texts
"""
import json
import random
import sys
import unicodedata
from pathlib import Path

from tokenizers import ByteLevelBPETokenizer
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, RobertaTokenizerFast

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
SYLLABLES = "ba be bi ko ku la le lo ma mi no nu pa ra ri so ta te ti vo".split()
# Blanks of all sorts, controls, contractions, marks that combine, scripts, emojis with joiners, and the
# special tokens written out.
PIECES = [
    " ", "  ", "   ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\u200b", "\ufeff",
    "\u0000", "\u0007", "\u001c", "\u007f", "\u00ad", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "\u2019s", "n't",
    "é", "e\u0301", "ß", "İ", "ΟΔΟΣ", "привет", "שלום", "مرحبا", "नमस्ते", "中文", "日本語", "한국어", "ไทย", "ǅ", "ﬁ",
    "½", "²", "Ⅳ", "٣", "१२", "𝟘", "123", "4.5", "1,000", "-", "--", "...", "?!", "(", ")", "\"", "#", "$5", "_", "\\",
    "😀", "👩‍👩‍👧", "🇩🇪", "❤️", "\U00010348", "\U0001d54f", "\u0301", "\ufffd", "<s>", "</s>", "<pad>", "<unk>", " <mask>",
    "  <mask> ", "<mask", "[MASK]", "Ġ", "Ċ",
]


def word(draw):
    return "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(1, 4)))


def character(draw):
    """Any that Unicode has assigned long ago: whether a later one is a letter depends on the library's age."""
    while True:
        found = chr(draw.choice([draw.randrange(0x3000), draw.randrange(0x110000)]))
        if unicodedata.ucd_3_2_0.category(found) not in ("Cn", "Cs", "Co"):
            return found


def text(draw):
    parts = []
    for _ in range(draw.randint(0, 14)):
        kind = draw.random()
        if kind < 0.1:
            parts.append("".join(character(draw) for _ in range(draw.randint(1, 5))))
        else:
            parts.append(draw.choice(PIECES) if kind < 0.5 else word(draw) if kind < 0.9 else word(draw).title())
        if draw.random() < 0.6:
            parts.append(" ")
    return "".join(parts)


def cases(tokenizer, count, seed, without=None):
    draw = random.Random(seed)
    found = []
    while len(found) < count:
        pair = [text(draw)] if draw.random() < 0.4 else [text(draw), text(draw)]
        if without is not None and without in "".join(pair):
            continue
        length = draw.choice([8, 9, 13, 16, 128])
        # A list of one row: without the list an empty second text would count as none.
        row = pair[0] if len(pair) == 1 else tuple(pair)
        [ids] = tokenizer([row], truncation=True, max_length=length)["input_ids"]
        found.append({"texts": pair, "max_length": length, "ids": ids})
    return found


def train(size):
    draw = random.Random(1)
    sentences = [" ".join(word(draw) for _ in range(8)) + ", it's the end of 12 words." for _ in range(400)]
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(sentences, vocab_size=size, min_frequency=2, special_tokens=SPECIAL, show_progress=False)
    return tokenizer


def save(folder, count, seed, slow=False, template=False, **how):
    folder.mkdir(parents=True, exist_ok=True)
    train(420).save_model(str(folder))
    tokenizer = RobertaTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"), **how)
    if template:
        pieces = {"single": "<s> $A </s>", "pair": "<s> $A </s> </s> $B:0 </s>"}
        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(**pieces, special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.save_pretrained(folder)
    if slow:
        (folder / "tokenizer.json").unlink()
    else:
        (folder / "vocab.json").unlink()
        (folder / "merges.txt").unlink()
    # Without a tokenizer.json, transformers 4 gives the blanks before <mask> to it, and 5 does not.
    without = "<mask>" if slow else None
    expected = cases(tokenizer if template else AutoTokenizer.from_pretrained(folder), count, seed, without)
    (folder / "expected.json").write_text(json.dumps(expected))


def fixture(folder):
    save(folder, 160, 2)
    for path in folder.iterdir():
        if path.name not in ("tokenizer.json", "expected.json"):
            path.unlink()
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer) + "\n")
    lines = [json.dumps(case) for case in json.loads((folder / "expected.json").read_text())]
    (folder / "expected.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    command, root = sys.argv[1], Path(sys.argv[2])
    if command == "fixture":
        fixture(root)
    else:
        count = int(sys.argv[3])
        save(root / "plain", count, 3)
        save(root / "prefixed", count, 4, add_prefix_space=True)
        save(root / "slow", count, 5, slow=True)
        save(root / "slow prefixed", count, 6, slow=True, add_prefix_space=True)
        save(root / "template", count, 7, template=True)
