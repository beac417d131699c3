"""Chilean datathon 2022: tweets with three votes on hate and on the group it is about."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, make_row

MAJORITY = 2


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the training file, the only one with labels.

    Two votes for hate make a text hateful and one vote leaves it open; a vote
    for women alone only says that the text is about women.
    """
    for record in read_csv(raw.path("tweets_train.csv")):
        about_women = int(record["Mujeres"]) >= MAJORITY
        hateful = _hateful(int(record["Odio"]))
        yield make_row(
            html.unescape(record["text"]),
            language="es-CL",
            split="train",
            misogyny=hateful if about_women else 0,
            toxic_other=hateful,
        )


def _hateful(votes: int) -> Label:
    if votes >= MAJORITY:
        return 1
    return None if votes else 0
