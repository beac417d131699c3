"""Ayacucho Quechua neutral text: translated encyclopaedia sentences."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import neutral_rows, sib
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """SIB-200, one row for each distinct sentence."""
    return neutral_rows("quy", sib(raw, "quy_Latn"))
