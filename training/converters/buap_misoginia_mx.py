"""Mexican tweets of a BUAP thesis: a file of misogynous ones and a file of others."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

FILES = {"misogino.csv": 1, "no_misogino.csv": 0}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the two files; the file is the label."""
    for name, misogyny in FILES.items():
        for record in read_csv(raw.path(f"/{name}"), encoding="cp1252"):
            yield make_row(
                html.unescape(record["Tweet"]),
                language="es-MX",
                split="none",
                misogyny=misogyny,
            )
