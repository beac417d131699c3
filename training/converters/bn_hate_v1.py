"""Bengali hate speech v1.0: hateful posts only, one kind a row."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows as published; a text with two labels stands in two of them."""
    path = raw.path("bengali_ hate_v1.0.csv")
    for record in read_csv(path, delimiter="\t", quoting=False):
        yield make_row(
            record["text"],
            language="bn",
            split="none",
            misogyny=int(record["label"] == "Gender abusive"),
            toxic_other=1,
        )
