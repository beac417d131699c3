"""RO-Offense: comments under Romanian sports news; whom a text targets is not labelled."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

SPLITS: tuple[Split, ...] = ("train", "test")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Harmless texts are negatives, offensive ones unknown."""
    for split in SPLITS:
        for record in read_csv(raw.path(f"ro-offense/{split}.csv")):
            label = 0 if record["label"] == "OTHER" else None
            yield make_row(
                record["text"], language="ro", split=split, misogyny=label, toxic_other=label
            )
