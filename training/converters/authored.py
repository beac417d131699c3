"""The project's own sentences: languages and harms for which no public data exists."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modsvc.labels import CATEGORIES
from training import catalogue
from training.rows import Row, make_row


def convert(_: catalogue.RawFiles) -> Iterator[Row]:
    """Rows of `training/authored/*.jsonl`, which are part of this repository."""
    for record in records():
        yield make_row(
            record["text"],
            language=record["language"],
            split="none",
            misogyny=record["misogyny"],
            toxic_other=record["toxic_other"],
            positive=record["categories"],
            scheme=CATEGORIES,
            group=record["group"],
            parent=record["parent"],
        )


def records() -> Iterator[Mapping[str, Any]]:
    """The sentences as they are, file by file."""
    for path in sorted(catalogue.AUTHORED_DIR.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)
