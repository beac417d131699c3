"""Social Bias Inference Corpus, dev and test: posts with the groups that annotators named."""

import html
import json
import re
from collections.abc import Iterator

from training.catalogue import RawFiles
from training.readers import read_csv
from training.rows import Row, Split, make_row

FILES: dict[str, Split] = {"SBIC.v2.agg.dev.csv": "dev", "SBIC.v2.agg.tst.csv": "test"}
HALF = 0.5
WOMEN = re.compile(
    r"\b(wom[ae]n|females?|girls?|lady|ladies|wife|wives|mothers?|housewives|actresses|nuns"
    r"|feminists?|feminism)\b"
)
MEN = re.compile(r"\bm[ae]n\b")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Offensive posts are misogynous when they target women, otherwise toxic in another way."""
    for name, split in FILES.items():
        for record in read_csv(raw.path(name)):
            offensive = float(record["offensiveYN"] or 0) >= HALF
            women = any(map(_names_women, json.loads(record["targetMinority"])))
            yield make_row(
                html.unescape(record["post"]),
                language="en",
                split=split,
                misogyny=int(offensive and women),
                toxic_other=int(offensive),
            )


def _names_women(target: str) -> bool:
    """Whether a target such as "women, gay men" names women; beside men only plain women count."""
    items = target.lower().split(", ")
    if "women" in items:
        return True
    if any(MEN.search(item) for item in items):
        return False
    return any(WOMEN.search(item) for item in items if not item.startswith("trans"))
