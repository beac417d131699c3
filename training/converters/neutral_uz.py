"""Uzbek (Latin) neutral text: translated sentences and reviews of apps, some of them rude."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import Passage, neutral_rows, ntrex, sib
from training.readers import read_lines
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """SIB-200, NTREX-128 and the reviews, one row for each distinct text."""
    return neutral_rows("uz", sib(raw, "uzn_Latn"), ntrex(raw, "uzb"), _reviews(raw))


def _reviews(raw: RawFiles) -> Iterator[Passage]:
    for name in ("UZ_negative.txt", "UZ_positive.txt"):
        for line in read_lines(raw.path(name)):
            yield line.strip(), None
