"""Golden values of BLEU, made with sacrebleu 2.6.0.

    python tests/metrics/bleu.py > tests/metrics/bleu.json
"""

import json
import random

import sacrebleu

assert sacrebleu.__version__ == "2.6.0", sacrebleu.__version__
rng = random.Random(3)


def values(score):
    return dict(
        score=score.score,
        precisions=list(score.precisions),
        bp=score.bp,
        sys_len=score.sys_len,
        ref_len=score.ref_len,
    )


def corpus(hypotheses, references):
    """`references[i]` are those of sentence i."""
    streams = [list(stream) for stream in zip(*references)]
    return dict(hypotheses=hypotheses, references=references, **values(sacrebleu.corpus_bleu(hypotheses, streams)))


def sentence(hypothesis, references):
    return dict(hypotheses=[hypothesis], references=[references], **values(sacrebleu.sentence_bleu(hypothesis, references)))


WORDS = "a the man dog runs sees 3.5 well-known 10-12 U.S. it's , . ; (red) Männer weiße 東京 50% &quot;x&quot; 1,000 e.g. 7- -7 …".split()


def draw(n):
    return " ".join(rng.choice(WORDS) for _ in range(n))


def near(text):
    words = text.split()
    for _ in range(rng.randrange(4)):
        words[rng.randrange(len(words))] = rng.choice(WORDS)
    return " ".join(words[: rng.randrange(1, len(words) + 1)])


odd = [
    "It's 3.5%, isn't it? (No.) [a-b] {c} 10-12 e.g. U.S.A. ...",
    "Zwei junge weiße Männer sind im Freien in der Nähe vieler Büsche.",
    "a&amp;b &lt;tag&gt; <skipped> x-\ny line\nend ",
    "1,000.5 .5 5. ,5 5, 5-5 a-5 5-a --",
    "tab\there\u00a0nbsp\u3000wide\x1csep «quoted» „low“",
    "",
    "one",
]
references = [draw(rng.randrange(6, 25)) for _ in range(40)]
hypotheses = [near(text) for text in references]
several = [[near(text), text, near(text)] for text in references]
cases = dict(
    corpus=[
        corpus(hypotheses, [[text] for text in references]),
        corpus(hypotheses, several),
        corpus(["nothing shared here"], [["quite other words"]]),
        corpus(["a b"], [["a c"]]),
        corpus(["the the the the"], [["the cat"]]),
        corpus(["", "a b c d e"], [["x y"], ["a b c d f"]]),
        corpus(odd, [[text] for text in odd]),
    ],
    sentence=[sentence(h, [r]) for h, r in zip(hypotheses[:12], references[:12])]
    + [sentence(a, [b]) for a, b in zip(odd, odd[1:] + odd[:1])]
    + [sentence(text, [text]) for text in odd]
    + [sentence("a b c", ["a b", "a b c d", "x"]), sentence("a b c", ["a b c d", "a b"])],
)
print(json.dumps(cases, ensure_ascii=False))
