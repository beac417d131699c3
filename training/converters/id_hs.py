"""Indonesian hate and abusive tweets, multi-label; HS_Gender is gender or orientation."""

import html
import re
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, make_row

ESCAPED_BYTES = re.compile(r"(?:\\x[0-9a-f]{2})+")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Rows of the file, literal escapes of emoji and line breaks decoded."""
    for record in read_csv(raw.path("re_dataset.csv"), encoding="latin-1"):
        misogyny = int(record["HS_Gender"])
        yield make_row(
            _decode(record["Tweet"]),
            language="id",
            split="none",
            misogyny=misogyny,
            toxic_other=int("1" in (record["HS"], record["Abusive"])),
            positive=("threats",) if misogyny and record["HS_Strong"] == "1" else (),
        )


def _decode(text: str) -> str:
    def decode(match: re.Match[str]) -> str:
        # A truncated tweet may end in half an emoji.
        return bytes.fromhex(match[0].replace("\\x", "")).decode("utf-8", errors="ignore")

    return html.unescape(ESCAPED_BYTES.sub(decode, text).replace("\\n", "\n"))
