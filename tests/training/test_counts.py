"""The published files give the counts that each source declares, to the row.

They are not in the repository: point MODSVC_RAW_DIR at the folder that
`python -m training fetch` filled.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from training.catalogue import REVIEWS, Source, load_sources, rows_of
from training.rows import Row

RAW_DIR = os.environ.get("MODSVC_RAW_DIR", "")

#: Those whose rows are the same everywhere.
FIXED = {name: source for name, source in load_sources().items() if name != REVIEWS}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not RAW_DIR, reason="COUNTS NOT CHECKED: MODSVC_RAW_DIR names no folder of fetched files"
    ),
]


def counts(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = defaultdict(lambda: {"rows": 0, "positives": 0, "null": 0})
    for row in rows:
        cell = table[key(row)]
        cell["rows"] += 1
        cell["positives"] += row.misogyny == 1
        cell["null"] += row.misogyny is None
    return dict(table)


@pytest.mark.parametrize("source", FIXED.values(), ids=FIXED)
def test_a_source_gives_the_declared_counts(source: Source) -> None:
    missing = [file.local for file in source.files if not (Path(RAW_DIR) / file.local).is_file()]
    if missing:
        pytest.skip(f"COUNTS OF {source.name} NOT CHECKED: {missing[0]} is not in MODSVC_RAW_DIR")
    rows = list(rows_of(source, Path(RAW_DIR)))

    assert counts(rows, lambda row: row.split) == source.expected
    if source.expected_by_language:
        assert counts(rows, lambda row: row.language) == source.expected_by_language
    assert {row.language for row in rows} == set(source.languages)
