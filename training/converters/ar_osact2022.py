"""OSACT 2022: Arabic tweets with six kinds of hate speech; HS6 is gender, men included."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

FIELDS = ["id", "text", "offensive", "hate", "vulgar", "violent"]
SPLITS: tuple[Split, ...] = ("train", "dev")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the two files; a literal `<LF>` stands for a line break."""
    for split in SPLITS:
        path = raw.path(f"OSACT2022-sharedTask-{split}.txt")
        for record in read_csv(path, delimiter="\t", quoting=False, fieldnames=FIELDS):
            yield make_row(
                html.unescape(record["text"].replace("<LF>", "\n")),
                language="ar",
                split=split,
                misogyny=int(record["hate"] == "HS6"),
                toxic_other=int(record["offensive"] == "OFF"),
                positive=("threats",) if record["violent"] == "VIO" else (),
                scheme=("threats",),
            )
