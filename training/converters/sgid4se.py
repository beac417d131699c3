"""SGID4SE: GitHub comments that discriminate by gender or sexual orientation."""

from collections.abc import Iterator
from typing import Any

from training.catalogue import RawFiles
from training.readers import read_xlsx
from training.rows import Label, Row, make_row

CATEGORIES = {
    "Discredit": "derogation",
    "Maternal": "derogation",
    "Appearance": "derogation",
    "Damning": "derogation",
    "Harassment": "objectification",
    "Stereotyping": "stereotyping",
    "Dominance": "stereotyping",
    "Threats": "threats",
    "Blaming": "prejudiced_discussion",
}
# Mostly swear words aimed at code, so it does not say whether a text objectifies women.
VAGUE = "Objectification"


def convert(raw: RawFiles) -> Iterator[Row]:
    """Discriminatory texts are misogynous unless they are only about sexual orientation."""
    for record in read_xlsx(raw.path("SGID-dataset-full.xlsx"), sheet="Sheet1"):
        misogyny, toxic_other = _labels(record)
        scheme = set(CATEGORIES.values())
        yield make_row(
            str(record["message"] or ""),
            language="en",
            split="none",
            misogyny=misogyny,
            toxic_other=toxic_other,
            positive=[category for name, category in CATEGORIES.items() if record[name]],
            scheme=scheme - {"objectification"} if record[VAGUE] else scheme,
        )


def _labels(record: dict[str, Any]) -> tuple[Label, Label]:
    if not record["target"]:
        return 0, None
    if record[VAGUE] or any(record[name] for name in CATEGORIES):
        return 1, 0
    return (0, 1) if record["AntiLGBTQ"] else (None, None)
