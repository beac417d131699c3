"""News-RO-Offense: comments under Romanian local news, one kind of offence each."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

HARMLESS, SEXIST = "0", "4"


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per comment; comments under the same article share a group."""
    for record in read_csv(raw.path("news-ro-offense/comments.csv")):
        yield make_row(
            record["comment_text"],
            language="ro",
            split="none",
            misogyny=int(record["LABEL"] == SEXIST),
            toxic_other=int(record["LABEL"] != HARMLESS),
            group=record["content_id"],
        )
