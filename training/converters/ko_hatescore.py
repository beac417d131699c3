"""HateScore: Korean comments, Wikipedia sentences and rule-made neutral sentences."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

WOMEN_AND_FAMILY = "여성/가족"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the file; several micro-labels are separated by commas."""
    for record in read_csv(raw.path("HateScore.csv")):
        labels = [label.strip() for label in record["microlabel"].split(",")]
        yield make_row(
            # Some comments passed through a workbook that escapes carriage returns.
            record["comment"].replace("_x000D_", "\r"),
            language="ko",
            split="none",
            misogyny=int(WOMEN_AND_FAMILY in labels),
            toxic_other=int(record["macrolabel"] != "Clean"),
        )
