"""COLD: Chinese posts collected by topic; the topic stands in for the target."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

SPLITS: tuple[Split, ...] = ("train", "dev", "test")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Weak rows: offensive and collected for gender counts as misogyny.

    The split is the file; the column of that name is wrong for half of dev.
    """
    for split in SPLITS:
        for record in read_csv(raw.path(f"COLDataset/{split}.csv")):
            offensive = record["label"] == "1"
            yield make_row(
                record["TEXT"],
                language="zh",
                split=split,
                misogyny=int(offensive and record["topic"] == "gender"),
                toxic_other=int(offensive),
                weak=True,
            )
