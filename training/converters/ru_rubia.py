"""RuBia: Russian pairs of a stereotype and its opposite, written to probe models."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row


def convert(raw: RawFiles) -> Iterator[Row]:
    """Both texts of every gender pair, unlabelled: the target may be women, men or nobody."""
    for record in read_csv(raw.path("rubia.tsv"), delimiter="\t"):
        if record["domain"] != "gender":
            continue
        for column in ("pro-trope", "anti-trope"):
            yield make_row(
                record[column], language="ru", split="none", misogyny=None, group=record[""]
            )
