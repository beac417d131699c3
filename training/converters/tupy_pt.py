"""TuPy: Brazilian tweets, majority votes on aggression and kinds of hate."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per tweet; the flags are already majorities of three."""
    for record in read_csv(raw.path("tupy_dummy_vote.csv")):
        yield make_row(
            html.unescape(record["text"]),
            language="pt-BR",
            split="none",
            misogyny=int(record["misogyny"]),
            toxic_other=int("1" in (record["hate"], record["aggressive"])),
        )
