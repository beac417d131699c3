"""TRAC-2 2020: comments in English, Hindi and Bangla, aggression and gendered aggression."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row
from training.script import with_script

LANGUAGES = {"eng": "en", "hin": "hi", "iben": "bn"}
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
AGGRESSION, GENDERED = "Sub-task A", "Sub-task B"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of nine files; the labels of the test files come from another repository.

    Threads are no groups here: the source's own splits cut through them.
    """
    for code, language in LANGUAGES.items():
        gold = _gold(raw, code)
        for split in SPLITS:
            for record in read_csv(raw.path(f"trac2_{code}_{split}.csv")):
                labels = gold[record["ID"]] if split == "test" else record
                yield make_row(
                    record["Text"],
                    language=with_script(record["Text"], language),
                    split=split,
                    misogyny=int(labels[GENDERED] == "GEN"),
                    toxic_other=int(labels[AGGRESSION] != "NAG"),
                )


def _gold(raw: RawFiles, code: str) -> dict[str, dict[str, str]]:
    """Both labels of each test row, by its ID."""
    aggression = {r["ID"]: r for r in read_csv(raw.path(f"trac2_{code}_gold_a.csv"))}
    gendered = read_csv(raw.path(f"trac2_{code}_gold_b.csv"))
    return {record["ID"]: aggression[record["ID"]] | record for record in gendered}
