"""Traffic of the project's own sentences: quiet, then with a campaign among it.

In: authored sentences of one language, scored as the service would score them, and a seed. Out:
`Traffic`: a past to learn from, and a draw of sights without end. The past and what is drawn
have no sentence in common. When the watch notices is left to `eval.drift.delay`.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from eval.drift.campaign import coined, smuggled
from eval.errors import EvalError
from modsvc.drift.signals import Sight, probabilities_of
from modsvc.drift.words import words_in
from modsvc.engine.engine import Engine
from modsvc.types import Content
from training.splits import assign

AUTHORED: Final = Path("training/authored")

#: Those with most authored sentences, but for Turkmen, whose follow the Azerbaijani ones.
LANGUAGES: Final = ("az", "en", "es", "hy", "ka", "kk", "ky", "ru", "tg", "uz")

#: The share of abuse in quiet traffic; most platforms have less.
ABUSE: Final = 0.05

#: Texts of the past, drawn from its half of the sentences.
PAST: Final = 1_500

#: Sentences of a campaign are hostile, or say something harmless with the code word in it.
Kind = Literal["hostile", "harmless"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, scored."""

    hostile: bool
    words: frozenset[str]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """One language's sentences by group (variants of one sentence), and campaigns by kind."""

    language: str
    groups: tuple[tuple[Sentence, ...], ...]
    campaigns: dict[Kind, tuple[Sentence, ...]]


def read_pool(engine: Engine, language: str, *, most: int = 120) -> Pool:
    """The training split of a language's authored sentences, and `most` with a code word a kind.

    Replies are left out. Raises EvalError when there are too few.
    """
    path = AUTHORED / f"{language}.jsonl"
    if not path.is_file():
        raise EvalError(f"{path} is missing: choose languages that training/authored/ has")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows = [
        row
        for row in rows
        if row["parent"] is None
        and row["language"] == language
        and assign(row["group"], ["none"]) == "train"
    ]
    if len(rows) < 100:
        raise EvalError(f"{path} has too few sentences for a measurement: choose another language")
    groups: dict[str, list[Sentence]] = defaultdict(list)
    for row, sentence in zip(
        rows, _scored(engine, language, [(r["text"], r["misogyny"]) for r in rows]), strict=True
    ):
        groups[row["group"]].append(sentence)
    return Pool(
        language,
        tuple(map(tuple, groups.values())),
        {
            "hostile": _campaign(engine, language, rows, 1, most),
            "harmless": _campaign(engine, language, rows, 0, most),
        },
    )


@dataclass(frozen=True, slots=True)
class Traffic:
    """One run: the `past`, in order, and the other half of the sentences to draw from."""

    pool: Pool
    rng: random.Random
    past: tuple[Sight, ...]
    plain: tuple[Sentence, ...]
    hostile: tuple[Sentence, ...]

    @classmethod
    def of(cls, pool: Pool, seed: int) -> "Traffic":
        """The groups are shared out anew with each seed."""
        rng = random.Random(f"{pool.language} {seed}")
        groups = list(pool.groups)
        rng.shuffle(groups)
        half = len(groups) // 2
        before, since = (
            [sentence for group in part for sentence in group]
            for part in (groups[:half], groups[half:])
        )
        past = Traffic(pool, rng, (), *_sorted(before))
        drawn = past.sights("past")
        return cls(pool, rng, tuple(next(drawn) for _ in range(PAST)), *_sorted(since))

    def sights(self, name: str, kind: Kind | None = None, share: float = 0.0) -> Iterator[Sight]:
        """Texts without end, of which `share` belong to a campaign of this kind.

        `name` tells them from those of another call.
        """
        number = 0
        while True:
            number += 1
            if kind is not None and self.rng.random() < share:
                sentence = self.rng.choice(self.pool.campaigns[kind])
            else:
                hostile = self.rng.random() < ABUSE
                sentence = self.rng.choice(self.hostile if hostile else self.plain)
            # A sentence may be drawn again: a mark of its own makes each text another one, as
            # texts of real traffic are.
            words = sentence.words | {f"#{name} {number}"}
            yield Sight(str(number), self.pool.language, words, sentence.probabilities)


def _campaign(
    engine: Engine, language: str, rows: Sequence[dict], hostile: int, most: int
) -> tuple[Sentence, ...]:
    rng = random.Random(f"{language} campaign")
    lexicon = sorted(frozenset().union(*(words_in(row["text"]) for row in rows)))
    code = coined(rng, lexicon)
    chosen = [row["text"] for row in rows if row["misogyny"] == hostile]
    rng.shuffle(chosen)
    texts = [(smuggled(text, code), hostile) for text in chosen[:most]]
    return tuple(_scored(engine, language, texts))


def _scored(engine: Engine, language: str, texts: Sequence[tuple[str, int]]) -> Iterator[Sentence]:
    scores = engine.score([Content(text, language=language) for text, _ in texts])
    for (text, hostile), score in zip(texts, scores, strict=True):
        probabilities = probabilities_of(score.probability, score.categories, score.toxic_other)
        yield Sentence(bool(hostile), words_in(text), probabilities)


def _sorted(
    sentences: Sequence[Sentence],
) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    return (
        tuple(one for one in sentences if not one.hostile),
        tuple(one for one in sentences if one.hostile),
    )
