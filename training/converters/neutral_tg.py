"""Tajik neutral text: translated encyclopaedia and news sentences."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import neutral_rows, ntrex, sib
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """SIB-200 and NTREX-128, one row for each distinct sentence."""
    return neutral_rows("tg", sib(raw, "tgk_Cyrl"), ntrex(raw, "tgk-Cyrl"))
