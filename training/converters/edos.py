"""EDOS (SemEval-2023 task 10): sexism on Reddit and Gab, eleven fine-grained vectors."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

SCHEME = ("threats", "derogation", "objectification", "stereotyping", "prejudiced_discussion")
SPLITS: dict[str, Split] = {"train": "train", "dev": "dev", "test": "test"}
VECTORS: dict[str, tuple[str, ...]] = {
    "1.1": ("threats",),
    "1.2": ("threats",),
    "2.1": ("derogation",),
    "2.2": ("derogation",),
    "2.3": ("derogation", "objectification"),
    "3.1": ("derogation",),
    "3.2": ("stereotyping",),
    "3.3": ("stereotyping",),
    "3.4": ("stereotyping",),
    "4.1": ("prejudiced_discussion",),
    "4.2": ("prejudiced_discussion",),
    "none": (),
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the aggregated file; one vector per text, so zeros of categories are unreliable."""
    for record in read_csv(raw.path("edos_labelled_aggregated.csv")):
        yield make_row(
            record["text"],
            language="en",
            split=SPLITS[record["split"]],
            misogyny=int(record["label_sexist"] == "sexist"),
            positive=VECTORS[record["label_vector"].split(" ", 1)[0]],
            scheme=SCHEME,
        )
