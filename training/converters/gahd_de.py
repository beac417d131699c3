"""GAHD: German adversarial hate speech; whom a text targets is not released."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.pairs import linked_groups
from training.readers import read_csv
from training.rows import Row, Split, make_row

SPLITS: dict[str, Split] = {"train": "train", "dev": "dev", "test": "test"}


def convert(raw: RawFiles) -> Iterator[Row]:
    """Harmless texts are negatives, hateful ones unknown; contrastive pairs share a group."""
    records = list(read_csv(raw.path("gahd.csv")))
    groups = linked_groups(
        (record["gahd_id"], record["contrastive_gahd_id"])
        for record in records
        if record["contrastive_gahd_id"]
    )
    for record in records:
        label = None if record["label"] == "1" else 0
        yield make_row(
            record["text"],
            language="de",
            split=SPLITS[record["split"]],
            misogyny=label,
            toxic_other=label,
            group=groups.get(record["gahd_id"]),
        )
