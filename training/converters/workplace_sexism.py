"""Sexist statements at the workplace: collected sentences, many of them benevolent in tone."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of a file without header."""
    for record in read_csv(raw.path("SD_dataset_FINAL.csv"), fieldnames=["text", "sexist"]):
        yield make_row(record["text"], language="en", split="none", misogyny=int(record["sexist"]))
