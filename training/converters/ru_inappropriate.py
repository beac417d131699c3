"""Russian inappropriate messages: how inappropriate a text is, and its sensitive topic."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

FILES: dict[str, Split] = {"val.csv": "dev", "test.csv": "test"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the scored files, then of the small file labelled by hand.

    Topics of rows that no person labelled come from a classifier: weak.
    """
    for name, split in FILES.items():
        for record in read_csv(raw.path(f"Version1/appropriateness/{name}")):
            sexism = float(record["sexism"]) >= 0.5
            automatic = record["human_labeled"] != "1"
            yield _row(record, sexism=sexism, split=split, weak=automatic)
    for record in read_csv(raw.path("manual_labelled.csv")):
        yield _row(record, sexism=record["topic"] == "sexism", split="none", weak=False)


def _row(record: dict[str, str], *, sexism: bool, split: Split, weak: bool) -> Row:
    inappropriate = float(record["inappropriate"]) >= 0.5
    return make_row(
        record["text"],
        language="ru",
        split=split,
        misogyny=int(sexism and inappropriate),
        toxic_other=int(inappropriate and not sexism),
        weak=weak,
    )
