"""Golden values of byte-pair encoding, made with tokenizers 0.23.3.

    python tests/data/bpe.py > tests/data/bpe.json

The pieces are cut by a regular expression without Unicode classes, the rest is the package's own: `ByteLevel` bytes, `BPE`,
`BpeTrainer`.
"""

import json
import random

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
PATTERN = r" ?[^ \t\r\n!-/:-@\[-`{-~]+| ?[!-/:-@\[-`{-~]+|[ \t\r\n]"
SPECIAL = ["<pad>", "<unk>", "<bos>", "<eos>"]


def learn(texts, size, min_count):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=min_count,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return tokenizer


def case(texts, size, min_count, tests):
    tokenizer = learn(texts, size, min_count)
    vocab = tokenizer.get_vocab()
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    for test in tests:
        assert tokenizer.decode(tokenizer.encode(test).ids) == test, test
    return dict(
        texts=texts,
        size=size,
        min_count=min_count,
        len=len(vocab),
        merges=[[vocab[a], vocab[b]] for a, b in merges],
        tests=tests,
        ids=[tokenizer.encode(test).ids for test in tests],
    )


rng = random.Random(4)
ENGLISH = [
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness,",
    "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness,",
    "it was the spring of hope, it was the winter of despair. We had everything before us; we had nothing before us...",
]
GERMAN = ["Zwei weiße Männer überqueren größere Straßen; die Mädchen süßen süße Grüße.\nÄpfel, Öl und Übermut!"]
MIXED = ["東京都と京都、東京と京都。", "Привет, мир! Привет, привет.", "👍👍👍 naïve café naïve café", "a  b\t\tc\r\n\n d   "]
AB = ["".join(rng.choice("ab") for _ in range(rng.randrange(1, 14))) for _ in range(60)]
AB = [" ".join(AB)]
TESTS = [
    "it was the wisest of all times!",
    "Größe süß, weiß & schwarz (10-12).",
    "東京と大阪 Привет мира",
    "👍🏽 e\u0301 \u00a0\u2003x\u2028y \x00\x7f",
    "  two  spaces \n\n\ttabs ",
    "aaaaaaaaa abababab bbbabbba",
    "unseen: zyxwv <b>tag</b> don't",
    "",
]
cases = [
    case(ENGLISH, 340, 0, TESTS),
    case(ENGLISH, 2000, 2, TESTS),
    case(GERMAN + MIXED, 330, 0, TESTS),
    case(ENGLISH + GERMAN + MIXED, 700, 0, TESTS),
    case(AB, 400, 0, TESTS),
    case(["aaaaaaa aaaa aaaaaaaaaaaaa aa a aaa"], 300, 0, TESTS),
    case(["abc abc abc bcd bcd abcd abcd ab bc cd ab ab bc a abcabc"], 300, 0, TESTS),
]
print(json.dumps(cases, ensure_ascii=False))
