"""BEEP!: Korean comments under entertainment news, with gender bias and hate apart."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, Split, make_row

SPLITS: tuple[Split, ...] = ("train", "dev")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of both labelled files; gender bias also covers men and mild stereotypes."""
    for split in SPLITS:
        for record in read_csv(raw.path(f"labeled/{split}.tsv"), delimiter="\t"):
            yield make_row(
                record["comments"],
                language="ko",
                split=split,
                misogyny=int(record["contain_gender_bias"] == "True"),
                toxic_other=_toxic_other(record),
            )


def _toxic_other(record: dict[str, str]) -> Label:
    if record["hate"] != "none":
        return 1
    return 0 if record["bias"] == "none" else None
