"""K'iche' neutral text: the sentences of the UD IU treebank."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.neutral import neutral_rows, treebank
from training.rows import Row


def convert(raw: RawFiles) -> Iterator[Row]:
    """The treebank, one row for each distinct sentence."""
    return neutral_rows("quc", treebank(raw, "quc_iu", "test"))
