"""Kazakh neutral text: translated sentences and the UD KTB treebank."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import neutral_rows, ntrex, sib, treebank
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """SIB-200, NTREX-128 and the treebank, one row for each distinct sentence."""
    return neutral_rows(
        "kk",
        sib(raw, "kaz_Cyrl"),
        ntrex(raw, "kaz"),
        treebank(raw, "kk_ktb", "train", "test"),
    )
