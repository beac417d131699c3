"""What people decided at the review desk → the corpus's source `reviews`.

In: days, and the settings (`MODSVC_*`) of a service on this machine. Out: one file that corpora
and recipes name, and a table by language. The service's own export writes it, so that its record
says who took what, and so that the database's rules hold: nothing that is erased or whose days are
over, handles and links masked. The file replaces the one before: what was erased since goes with
it. Reading it into a corpus is left to `training.converters.reviews`.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from eval.bench.servers import OURS
from modsvc.labels import MISOGYNY
from training.catalogue import REVIEWS
from training.converters.reviews import records
from training.errors import TrainingError

#: How texts may have been settled, as `modsvc.review.export.weights.Settled`.
SETTLED: Final = ("single", "agreed", "adjudicated", "appealed")


def take(target: Path, since: date, until: date, community: str | None = None) -> Table:
    """Have the service export the reviews of these days (`until` excluded) to `target`.

    Raises TrainingError with the service's own words when it cannot; `target` then stays as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part{target.suffix}")
    part.unlink(missing_ok=True)
    asked = ["--since", since.isoformat(), "--until", until.isoformat(), "--output", str(part)]
    asked += [] if community is None else ["--community", community]
    done = subprocess.run(
        [sys.executable, "-c", OURS, "export", REVIEWS, *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        part.unlink(missing_ok=True)
        raise TrainingError(
            f"the reviews could not be exported: {done.stderr.strip()} (it reads the settings of "
            "the service, MODSVC_DATA_DIR or MODSVC_DATABASE_URL among them)"
        )
    part.replace(target)
    return summary(records(target))


def summary(found: Iterable[Mapping[str, Any]]) -> Table:
    """By language: texts, how many are misogynous, how they were settled, what they weigh.

    `first to go` is the day on which the first of the texts may no longer be kept.
    """
    by_language: dict[str, list[Mapping[str, Any]]] = {}
    for record in found:
        by_language.setdefault(record["language"], []).append(record)
    table = Table(title="Reviewed texts", title_justify="left")
    table.add_column("language")
    for name in ("texts", MISOGYNY, *SETTLED, "mean weight", "first to go"):
        table.add_column(name, justify="right")
    for language, some in sorted(by_language.items()):
        table.add_row(language, *_cells(some))
    if len(by_language) > 1:
        table.add_section()
        table.add_row("all", *_cells([one for some in by_language.values() for one in some]))
    return table


def _cells(some: list[Mapping[str, Any]]) -> list[str]:
    how = Counter(record["settled"] for record in some)
    positives = sum(record[MISOGYNY] == 1 for record in some)
    weight = sum(record["weight"] for record in some) / len(some)
    days = [record["kept_until"] for record in some if record["kept_until"]]
    counts = (len(some), positives, *(how[name] for name in SETTLED))
    return [*(f"{count:,}" for count in counts), f"{weight:.2f}", min(days, default="–")]
