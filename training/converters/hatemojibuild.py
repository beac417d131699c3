"""HatemojiBuild: adversarial emoji hate, each text with a minimally edited partner."""

import ast
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.pairs import linked_groups
from training.readers import read_csv
from training.rows import Row, Split, make_row

SPLITS: dict[str, Split] = {"train": "train", "validation": "dev", "test": "test"}
TYPES = {
    "derogation": "derogation",
    "dehumanizinglanguage": "derogation",
    "threateninglanguage": "threats",
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Hate against a group of women ("wom", "blawom", "gaywom"...) is misogyny.

    The pairs cross the published splits; they share a group.
    """
    records = [
        (split, record)
        for name, split in SPLITS.items()
        for record in read_csv(raw.path(f"HatemojiBuild/{name}.csv"))
    ]
    groups = linked_groups((record["entry_id"], record["matched_id"]) for _, record in records)
    for split, record in records:
        hateful = record["label_gold"] == "1"
        category = TYPES.get(record["type"])
        yield make_row(
            record["text"],
            language="en",
            split=split,
            misogyny=int(hateful and _names_women(record["target"])),
            toxic_other=int(hateful),
            positive=(category,) if category else (),
            # Animosity says nothing about the categories.
            scheme=("derogation", "threats") if category else (),
            group=groups[record["entry_id"]],
        )


def _names_women(target: str) -> bool:
    codes = [] if target in ("", "none") else ast.literal_eval(target)
    return any(str(code).endswith("wom") for code in codes)
