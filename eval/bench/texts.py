"""Texts to measure with: authored words, put together to the lengths of real texts.

In: the artefact's tokenizer.json and the histogram of lengths. Out: distinct texts, so
that no cache answers for the model. What they mean does not matter, only what they cost.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from tokenizers import Tokenizer

from eval.bench.lengths import BLOCK, length_mix, read_histogram

POOL_FILE: Final = Path(__file__).with_name("pool.yaml")
ABUSIVE_SHARE: Final = 0.05
SEED: Final = 20_240
SPECIAL_TOKENS: Final = 2


@dataclass(frozen=True, slots=True)
class BenchText:
    """One text and its true number of tokens, special tokens included."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language's sentences, in order, and the tokens that each costs."""

    words: tuple[str, ...]
    costs: tuple[int, ...]


def make_texts(tokenizer_file: Path, count: int) -> list[BenchText]:
    """At least `count` distinct texts (rounded up to whole blocks), the same in every run."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    pool = yaml.safe_load(POOL_FILE.read_text(encoding="utf-8"))
    neutral, abusive = (_measure(tokenizer, pool[kind].values()) for kind in ("neutral", "abusive"))
    picker = random.Random(SEED)
    made: dict[str, None] = {}
    for length in length_mix(read_histogram(), -(-count // BLOCK), SEED):
        words = picker.choice(abusive if picker.random() < ABUSIVE_SHARE else neutral)
        made[_fresh(words, length, picker, made)] = None
    encoded = tokenizer.encode_batch(list(made))
    return [BenchText(text, len(one.ids)) for text, one in zip(made, encoded, strict=True)]


def _measure(tokenizer: Tokenizer, languages: Iterable[list[str]]) -> list[Words]:
    """Words with their token counts; the words of a text are tokenised one by one anyway."""
    measured = []
    for sentences in languages:
        words = tuple(word for sentence in sentences for word in sentence.split())
        encoded = tokenizer.encode_batch(words, add_special_tokens=False)
        measured.append(Words(words, tuple(len(one.ids) for one in encoded)))
    return measured


def _fresh(words: Words, length: int, picker: random.Random, made: dict[str, None]) -> str:
    """A text of about `length` tokens that is not among `made`.

    The shortest texts run out; then one word is exchanged for a number.
    """
    for _ in range(20):
        text = _run(words, length, picker)
        if text not in made:
            return text
    return f"{text.rpartition(' ')[0]} {len(made)}".strip()


def _run(words: Words, length: int, picker: random.Random) -> str:
    """Words in their order from a random place on, until about `length` tokens are full."""
    position = picker.randrange(len(words.words))
    chosen, room = [], length - SPECIAL_TOKENS
    while room > 0:
        chosen.append(words.words[position])
        room -= words.costs[position]
        position = (position + 1) % len(words.words)
    return " ".join(chosen)
