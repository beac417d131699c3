"""ToLD-Br: Brazilian tweets with the votes of three annotators on six kinds of toxicity."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, make_row

OTHER = ("homophobia", "obscene", "insult", "racism", "xenophobia")
MAJORITY = 2


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per tweet; a single vote of three is no answer."""
    for record in read_csv(raw.path("ToLD-BR.csv")):
        misogyny = _label(float(record["misogyny"]))
        other = _label(max(float(record[name]) for name in OTHER))
        yield make_row(
            html.unescape(record["text"]),
            language="pt-BR",
            split="none",
            misogyny=misogyny,
            toxic_other=None if misogyny is None else other,
        )


def _label(votes: float) -> Label:
    if votes >= MAJORITY:
        return 1
    return None if votes else 0
