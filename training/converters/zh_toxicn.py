"""ToxiCN: Chinese posts with target groups and the way of expression."""

import json
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.rows import Row, make_row

SEXISM = 2
REPORTING = 3


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of one JSON array; reports of sexism are not sexist."""
    for record in json.loads(raw.path("ToxiCN/data/train.json").read_text("utf-8")):
        reporting = record["expression"] == REPORTING
        yield make_row(
            # Some posts passed through a workbook that escapes carriage returns.
            record["content"].replace("_x000D_", "\r"),
            language="zh",
            split="train",
            misogyny=int(record["target"][SEXISM] == 1 and not reporting),
            toxic_other=None if reporting else int(record["toxic"]),
        )
