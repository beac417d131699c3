"""PejorativITy: Italian tweets with one of 24 words that may insult women."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per tweet; a pejorative word in a misogynous tweet is taken as derogation."""
    for record in read_csv(raw.path("pejorativity.csv")):
        yield make_row(
            record["text"].replace("\\n", "\n"),
            language="it",
            split="none",
            misogyny=int(record["misogyny"]),
            positive=("derogation",) if record["pejorative"] == "1" else (),
        )
