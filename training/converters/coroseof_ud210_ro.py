"""Romanian sexist tweets of CoRoSeOf, as published in the UD treebank TueCL."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_conllu_comments
from training.rows import Row, make_row

# Reports of sexism are outside the project's definition of misogyny.
MISOGYNY = {"sexist direct": 1, "sexist descriptive": 1, "sexist reporting": 0}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per sentence; the "test" in the file's name is a treebank custom, not a split."""
    for comments in read_conllu_comments(raw.path("ro_tuecl-ud-test.conllu")):
        yield make_row(
            comments["text"],
            language="ro",
            split="none",
            misogyny=MISOGYNY[comments["language_type"]],
        )
