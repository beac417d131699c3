"""Amharic hate speech (RANLP 2023): political tweets labelled hate, offensive or normal."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_lines
from training.rows import Row, Split, make_row

FILES: dict[str, Split] = {"train.csv": "train", "dev.csv": "dev", "test.csv": "test"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of three fastText files, `.csv` by name only; a toxic text has no known target."""
    for name, split in FILES.items():
        for line in read_lines(raw.path(f"RANLP2023/{name}")):
            label, _, text = line.partition("\t")
            harmless = label == "__label__normal"
            yield make_row(
                text,
                language="am",
                split=split,
                misogyny=0 if harmless else None,
                toxic_other=0 if harmless else None,
            )
