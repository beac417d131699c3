"""A tokenizer and the project's own sentences → the pieces that Latin text is read back with.

In: the tokenizer.json of the base model before its vocabulary was cut, and
`training/authored`. Out: `modsvc/engine/pieces.tsv.gz`, lines of kind, piece and
log-probability: `latin`, `shared` (Cyrillic in any language), one kind for each language of
`modsvc.engine.pieces.alphabets`, and `scale`. Only sentences of the train split count.

    python -m training.piece_table path/to/tokenizer.json
"""

import gzip
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from modsvc.engine.pieces import START, alphabets
from training.converters.authored import records
from training.dedup import digest
from training.splits import assign

TARGET: Final = Path(__file__).parents[1] / "modsvc" / "engine" / "pieces.tsv.gz"

#: The share of a language's words that the project's own sentences speak for.
OWN: Final = 0.4
OWN_LATIN: Final = 0.2

#: A piece that is likelier by less than this, in nats, than without them is not kept apart.
_TELLS: Final = 0.3

#: An apostrophe is a letter like any other.
_APOSTROPHE: Final = -6.0

_CYRILLIC: Final = re.compile(rf"{START}?[\u0400-\u052F]+")
_LATIN: Final = re.compile(rf"{START}?[A-Za-z\u00C0-\u024F'’]+")
#: Pieces of a word in a million, mostly parts of names, are left out.
_RAREST: Final = -14.0
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_IN_LATIN: Final = ("az", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ro", "tk", "tr", "uz")

Scores = dict[str, float]


def main(tokenizer: Path) -> None:
    """Write `TARGET`."""
    lines = "".join(f"{kind}\t{piece}\t{score:.2f}\n" for kind, piece, score in table(tokenizer))
    # Without a time the same pieces make the same file.
    TARGET.write_bytes(gzip.compress(lines.encode("utf-8"), mtime=0))


def table(tokenizer: Path) -> Iterator[tuple[str, str, float]]:
    """The lines of the file."""
    vocabulary = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"]
    words = own_words()
    latin, cyrillic = _pieces(vocabulary, _LATIN), _pieces(vocabulary, _CYRILLIC)
    in_latin: Counter[str] = Counter()
    for language in _IN_LATIN:
        in_latin += words[language, False]
    for piece, score in sorted(_mixed(latin, in_latin, OWN_LATIN).items()):
        yield "latin", piece, score
    for piece, score in sorted({**cyrillic, "'": _APOSTROPHE}.items()):
        yield "shared", piece, score
    for language, letters in alphabets().items():
        known = {one: score for one, score in cyrillic.items() if _spelt_in(letters, one)}
        spelt = Counter({w: n for w, n in words[language, True].items() if _spelt_in(letters, w)})
        scale = math.log(1 - OWN) - _log_sum(known.values())
        yield "scale", language, scale
        for piece, score in sorted(_mixed(known, spelt, OWN).items()):
            if score - cyrillic.get(piece, -math.inf) - scale > _TELLS:
                yield language, piece, score


def own_words() -> Mapping[tuple[str, bool], Counter[str]]:
    """By language and whether they are in Cyrillic: how often each word comes up in training."""
    found: dict[tuple[str, bool], Counter[str]] = {}
    for row in records():
        if assign(digest(row["group"]), ["none"]) != "train":
            continue
        cyrillic = re.search(r"[\u0400-\u052F]", row["text"]) is not None
        # A language's "-Latn" rows are what is to be told from Latin ones.
        if cyrillic or "-" not in row["language"]:
            words = found.setdefault((row["language"].split("-")[0], cyrillic), Counter())
            text = row["text"].lower().replace("’", "'")
            words.update(START + word for word in _WORD.findall(text))
    return found


def _pieces(vocabulary: list[tuple[str, float]], pattern: re.Pattern[str]) -> Scores:
    """The pieces of a script without regard to case: log-probabilities over the vocabulary."""
    found: Scores = {}
    for written, score in vocabulary:
        if pattern.fullmatch(written):
            piece = written.lower().replace("’", "'")
            found[piece] = _log_sum((found[piece], score)) if piece in found else score
    return {piece: score for piece, score in found.items() if score > _RAREST}


def _spelt_in(letters: Container[str], piece: str) -> bool:
    return all(letter in letters for letter in piece.removeprefix(START))


def _mixed(pieces: Scores, words: Counter[str], share: float) -> Scores:
    """Log-probabilities where `share` of all is `words`, and the rest is `pieces`."""
    rest, total = math.log(1 - share) - _log_sum(pieces.values()), words.total()
    return {
        piece: math.log(
            math.exp(pieces.get(piece, -math.inf) + rest) + share * words[piece] / total
        )
        for piece in pieces.keys() | words.keys()
    }


def _log_sum(scores: Iterable[float]) -> float:
    return math.log(sum(map(math.exp, scores)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
