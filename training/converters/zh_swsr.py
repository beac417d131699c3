"""SWSR: Chinese comments under feminism-related Weibo posts."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

SCHEME = ("objectification", "stereotyping")
CATEGORIES = {"SA": "stereotyping", "SCB": "stereotyping", "SO": "objectification"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per comment; comments under the same post share a group."""
    for record in read_csv(raw.path("SexComment.csv")):
        category = CATEGORIES.get(record["category"])
        yield make_row(
            record["comment_text"],
            language="zh",
            split="none",
            misogyny=int(record["label"]),
            positive=(category,) if category else (),
            # Micro-aggressions (MA) say nothing about the categories.
            scheme=SCHEME if category else (),
            group=record["weibo_id"],
        )
