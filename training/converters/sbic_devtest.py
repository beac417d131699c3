"""Social Bias Inference Corpus, dev and test: posts with the groups that annotators named."""

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
MEN = re.compile(r"\b(m[ae]n|males?|boys?|guys?)\b")


def convert(raw: RawFiles) -> Iterator[Row]:
    """Offensive posts are misogynous when they target women, otherwise toxic in another way."""
    for name, split in FILES.items():
        for record in read_csv(raw.path(name)):
            offensive = float(record["offensiveYN"] or 0) >= HALF
            women = _names_women(json.loads(record["targetMinority"]))
            yield make_row(
                record["post"],
                language="en",
                split=split,
                misogyny=int(offensive and women),
                toxic_other=int(offensive),
            )


def _names_women(targets: list[str]) -> bool:
    """Whether a free-text target names women; men beside them count only if women stand alone."""
    if "women" not in targets and any(MEN.search(target) for target in targets):
        return False
    return any(WOMEN.search(target) for target in targets if not target.startswith("trans"))
