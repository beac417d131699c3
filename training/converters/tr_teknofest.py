"""Teknofest 2023: Turkish posts with one kind of offence each."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, make_row

OTHER_OFFENCES = ("INSULT", "PROFANITY", "RACIST")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the file; where flag and target contradict each other, labels stay open."""
    for record in read_csv(raw.path("teknofest_train_final.csv"), delimiter="|"):
        misogyny, toxic_other = _labels(record["target"], record["is_offensive"] == "1")
        yield make_row(
            record["text"],
            language="tr",
            split="none",
            misogyny=misogyny,
            toxic_other=toxic_other,
        )


def _labels(target: str, offensive: bool) -> tuple[Label, Label]:
    if target == "SEXIST":
        return (1, 0) if offensive else (None, None)
    if offensive:
        return 0, (1 if target in OTHER_OFFENCES else None)
    return 0, (0 if target == "OTHER" else None)
