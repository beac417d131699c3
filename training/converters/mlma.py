"""MLMA: English, French and Arabic tweets with hostility type and target group."""

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.rows import Label, Row, make_row

# "en_dataset.csv" holds the same tweets without their stop words.
MEMBERS = {"en": "en_dataset_with_stop_words.csv", "fr": "fr_dataset.csv", "ar": "ar_dataset.csv"}

ESCAPES = re.compile(r"(?:\\u[0-9a-f]{4})+")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the three tables in the archive."""
    with zipfile.ZipFile(raw.path("hate_speech_mlma.zip")) as archive:
        for language, member in MEMBERS.items():
            with archive.open(f"hate_speech_mlma/{member}") as binary:
                file = io.TextIOWrapper(binary, "utf-8-sig", newline="")
                for record in csv.DictReader(file, restval=""):
                    yield _row(record, language)


def _row(record: dict[str, str], language: str) -> Row:
    hostile = record["sentiment"] != "normal"
    misogyny: Label = int(hostile and record["group"] == "women")
    if hostile and not misogyny and record["target"] == "gender":
        misogyny = None  # hostile about gender, but not said to be about women
    return make_row(
        _decode(record["tweet"]),
        language=language,
        split="none",
        misogyny=misogyny,
        toxic_other=None if misogyny is None else int(hostile),
    )


def _decode(text: str) -> str:
    """The tweet without the escapes of JSON and HTML that it was published with."""

    def decode(match: re.Match[str]) -> str:
        # A truncated tweet may end in half an emoji.
        return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be", errors="ignore")

    return html.unescape(ESCAPES.sub(decode, text).replace("\\n", "\n"))
