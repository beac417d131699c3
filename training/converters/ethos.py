"""ETHOS: YouTube and Reddit comments, with the kind of hate for the hateful ones."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

HALF = 0.5


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the binary file; the hateful ones have their kinds in the other, in the same order.

    Raises:
        ValueError: the two files do not hold the same number of hateful comments.
    """
    kinds = read_csv(raw.path("Ethos_Dataset_Multi_Label.csv"), delimiter=";")
    for record in read_csv(raw.path("Ethos_Dataset_Binary.csv"), delimiter=";"):
        hateful = float(record["isHate"]) >= HALF
        kind = next(kinds, None) if hateful else {}
        if kind is None:
            raise ValueError("ethos: more hateful comments than multi-label rows; fetch both again")
        misogyny = int(hateful and float(kind["gender"]) >= HALF)
        violent = hateful and float(kind["violence"]) >= HALF
        yield make_row(
            record["comment"],
            language="en",
            split="none",
            misogyny=misogyny,
            toxic_other=int(hateful),
            positive=("threats",) if violent else (),
            scheme=("threats",),
        )
    if next(kinds, None) is not None:
        raise ValueError("ethos: fewer hateful comments than multi-label rows; fetch both again")
