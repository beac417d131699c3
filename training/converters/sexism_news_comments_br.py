"""Comments under Brazilian news on gender, by two to nine votes."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, make_row

LABELS: dict[str, Label] = {"1": 1, "0": 0, "-1": None}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the file; exactly split votes stay open."""
    for record in read_csv(raw.path("05-03-2022_labeled_comments.csv"), delimiter=";"):
        yield make_row(
            record["content"],
            language="pt-BR",
            split="none",
            misogyny=LABELS[record["label"]],
        )
