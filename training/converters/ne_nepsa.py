"""NepSA: Nepali YouTube comments labelled by aspect; only what is harmless can be told."""

from collections import defaultdict
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

COLUMNS = ["sentiment", "category", "term", "text"]
TOXIC = {"PROFANITY", "VIOLENCE"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One weak row per text, its aspects merged; a text with a toxic aspect is unknown."""
    categories: dict[str, set[str]] = defaultdict(set)
    for record in read_csv(raw.path("ss_ac_at_txt_unbal.csv"), fieldnames=COLUMNS):
        categories[record["text"]].add(record["category"])
    for text, found in categories.items():
        label = None if found & TOXIC else 0
        yield make_row(
            text, language="ne", split="none", misogyny=label, toxic_other=label, weak=True
        )
