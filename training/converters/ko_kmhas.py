"""K-MHaS: Korean news comments, multi-label; class 5 is gender, men included."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

FILES: dict[str, Split] = {"kmhas_valid.txt": "dev", "kmhas_test.txt": "test"}
GENDER, NOT_HATE = "5", "8"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the validation and test files."""
    for name, split in FILES.items():
        for record in read_csv(raw.path(name), delimiter="\t"):
            labels = record["label"].split(",")
            yield make_row(
                record["document"],
                language="ko",
                split=split,
                misogyny=int(GENDER in labels),
                toxic_other=int(NOT_HATE not in labels),
            )
