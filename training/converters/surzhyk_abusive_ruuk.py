"""Comments under Ukrainian videos in Russian, Ukrainian or a mix: abusive or not."""

from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

UKRAINIAN, RUSSIAN = frozenset("іїєґ"), frozenset("ыэёъ")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the file, comments on one video in one group; an abusive text has no target."""
    for record in read_csv(raw.path("labled.csv")):
        label = None if record["abusive"] == "True" else 0
        yield make_row(
            record["text"],
            language=_language(record["text"]),
            split="none",
            misogyny=label,
            toxic_other=label,
            group=f"surzhyk:{record['video_id']}",
        )


def _language(text: str) -> str:
    """Ukrainian if letters that Russian lacks outnumber those that Ukrainian lacks."""
    lower = text.lower()
    ukrainian = sum(letter in UKRAINIAN for letter in lower)
    return "uk" if ukrainian > sum(letter in RUSSIAN for letter in lower) else "ru"
