"""Russian neutral text: translated sentences and the UD Taiga treebank."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import neutral_rows, ntrex, sib, treebank
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """SIB-200, NTREX-128 and the treebank, one row for each distinct sentence."""
    return neutral_rows(
        "ru",
        sib(raw, "rus_Cyrl"),
        ntrex(raw, "rus"),
        treebank(raw, "ru_taiga", "dev", "test"),
    )
