"""SinaLab offensive Hebrew: tweets with kinds of offence and a target, none of them women."""

import html
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_xlsx
from training.rows import Row, make_row

UNKNOWN_TARGETS = ("", "UNT", "N/A", "N\\A", "NOT CLEAR")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows with a label; an offensive text without a known target stays open."""
    for record in read_xlsx(raw.path("AllData_OffensiveHebrew.xlsx"), "Sheet16"):
        label = (record.get("Label") or "").strip()
        if not label:
            continue
        harmless = label == "NOT"
        target = str(record.get("Target") or "").strip().upper()
        known = harmless or target not in UNKNOWN_TARGETS
        yield make_row(
            html.unescape(str(record.get("TweetText") or "")),
            language="he",
            split="none",
            misogyny=0 if known else None,
            toxic_other=int(not harmless) if known else None,
        )
