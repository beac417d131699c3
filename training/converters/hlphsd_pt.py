"""Hierarchical Portuguese hate speech: tweets with 79 columns of targets and subtypes."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

WOMEN = ("women", "feminists", "lesbians", "travestis")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the hierarchical file; the binary one is out of step with it."""
    for record in read_csv(raw.path("hierarchical_classification.csv")):
        against_men = record["Men"] == "1" and not _about_women(record)
        misogyny = int(record["Sexism"] == "1" and not against_men)
        yield make_row(
            record["text"],
            language="pt",
            split="none",
            misogyny=misogyny,
            toxic_other=int(record["Hate.speech"]),
            positive=("derogation",) if misogyny and record["Body"] == "1" else (),
        )


def _about_women(record: dict[str, str]) -> bool:
    return any(
        value == "1" and (name.lower() in WOMEN or "women" in name.lower())
        for name, value in record.items()
    )
