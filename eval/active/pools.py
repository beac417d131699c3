"""The corpus → for each language a pool to ask labels of, and texts to measure on.

In: the corpus's train and dev rows that people labelled, without the project's own sentences and
never the test split. Out: `Pool`s in two settings. `outputs`: the shipped model is there, its
eight outputs are features, and both parts are halves of dev, which the model never learned from.
`ngrams`: a language that no model knows; the pool is from train, all of dev measures, and hashed
n-grams are the only features. Asking is left to `eval.active.simulate`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import HashingVectorizer

from eval.corpus import AUTHORED, NEUTRAL, Rows, read_rows
from eval.predict import predict
from modsvc.engine.engine import Engine
from modsvc.labels import LABELS, MISOGYNY
from modsvc.review.suggest import ngrams
from modsvc.review.suggest.neighbours import Neighbours, nearest

Setting = Literal["outputs", "ngrams"]

SETTINGS: Final[tuple[Setting, ...]] = get_args(Setting)

#: Of each kind, in the part that measures.
MIN_POSITIVES: Final = 20
#: Rows of one part; more of them change nothing but the time it takes.
MOST: Final = 2_000

_COLUMN: Final = LABELS.index(MISOGYNY)
_FEATURES: Final = HashingVectorizer(
    analyzer="char_wb", ngram_range=(1, 4), n_features=2**16, alternate_sign=True
)


@dataclass(frozen=True, slots=True)
class Part:
    """`n` texts: features [n, m], gold labels [n] and, in `outputs`, what the model thinks [n]."""

    features: csr_array
    gold: NDArray[np.int64]
    champion: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Pool:
    """A language's texts to ask about, with what is near to each, and those that measure."""

    language: str
    setting: Setting
    pool: Part
    vectors: ngrams.Floats
    near: Neighbours
    held_out: Part


def pools(
    corpus: Path, setting: Setting, engine: Engine | None, *, languages: list[str], seed: int
) -> Iterator[Pool]:
    """One pool for each language with at least `MIN_POSITIVES` of each kind in both parts.

    `languages` restricts them, empty means all. `engine` is asked in the setting `outputs` alone.
    Raises EvalError for a file that is no corpus.
    """
    dev = read_rows(corpus, "dev")
    train = read_rows(corpus, "train") if setting == "ngrams" else dev
    rng = np.random.default_rng(seed)
    for language in sorted(set(dev.language)):
        if languages and language not in languages:
            continue
        measured, asked = _usable(dev, language), _usable(train, language)
        if setting == "outputs":
            first = _half(dev.group[asked])
            measured, asked = asked[~first], asked[first]
        measured, asked = (_some(rows, rng) for rows in (measured, asked))
        if min(_rarer(dev, measured), _rarer(train, asked)) < MIN_POSITIVES:
            continue
        vectors = ngrams.vectors([str(text) for text in train.text[asked]])
        yield Pool(
            language=language,
            setting=setting,
            pool=_part(train, asked, engine),
            vectors=vectors,
            near=nearest(vectors),
            held_out=_part(dev, measured, engine),
        )


def _usable(rows: Rows, language: str) -> NDArray[np.intp]:
    by_people = (rows.tier != NEUTRAL) & (rows.tier != AUTHORED)
    stated = ~np.isnan(rows.gold[:, _COLUMN])
    return np.flatnonzero(by_people & stated & (rows.language == language))


def _half(groups: NDArray[np.object_]) -> NDArray[np.bool_]:
    """True for the rows of every other group: what belongs together stays together."""
    _, codes = np.unique(groups.astype(str), return_inverse=True)
    return codes % 2 == 0


def _some(rows: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    return np.sort(rng.permutation(rows)[:MOST])


def _rarer(rows: Rows, places: NDArray[np.intp]) -> int:
    positives = int(rows.gold[places, _COLUMN].sum())
    return min(positives, len(places) - positives)


def _part(rows: Rows, places: NDArray[np.intp], engine: Engine | None) -> Part:
    chosen = rows.select(places)
    features = csr_array(_FEATURES.transform(chosen.text))
    gold = chosen.gold[:, _COLUMN].astype(np.int64)
    if engine is None:
        return Part(features, gold, None)
    found = np.clip(predict(engine, chosen, show_progress=False).probability, 1e-6, 1 - 1e-6)
    logits = csr_array(np.log(found / (1 - found)))
    return Part(csr_array(hstack([logits, features])), gold, found[:, _COLUMN])
