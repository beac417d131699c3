"""Russian sexism of a 2019 summer-of-code project: an antifeminist forum and media comments."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Label, Row, make_row

FILES = ("ant_1", "ant_2", "media_1", "media_2", "media_3")
#: Label of the source to misogyny and toxic_other; "sexist_in_co": only in its context.
LABELS: dict[str, tuple[Label, Label]] = {
    "sexist": (1, 0),
    "non_sexist": (0, None),
    "racist": (0, 1),
    "sexist_in_co": (None, None),
}


def convert(raw: RawFiles) -> Iterator[Row]:
    """One row per post or comment; comments under the same post share a group."""
    for name in FILES:
        for record in read_csv(raw.path(f"annotated/{name}.csv")):
            misogyny, toxic_other = LABELS[record["Label"]]
            post = record.get("Post_id")
            yield make_row(
                record["Text"],
                language="ru",
                split="none",
                misogyny=misogyny,
                toxic_other=toxic_other,
                group=f"{name}:{post}" if post else None,
            )
