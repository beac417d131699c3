"""What the people at a review desk decided: the rows that `modsvc export reviews` wrote."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from modsvc.labels import CATEGORIES, MISOGYNY, TOXIC_OTHER
from training.catalogue import RawFiles
from training.errors import TrainingError
from training.readers import read_lines
from training.rows import Row


def convert(files: RawFiles) -> Iterator[Row]:
    """Rows of the one file, JSON Lines or Parquet; their labels are final, as in the corpus."""
    path = files.path("")
    try:
        for record in records(path):
            yield Row(
                text=record["text"],
                parent=record["parent"],
                language=record["language"],
                split="none",
                misogyny=record[MISOGYNY],
                categories={name: record[name] for name in CATEGORIES},
                toxic_other=record[TOXIC_OTHER],
                group=record["group"],
                weight=record["weight"],
            )
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"{path} is not a file of `modsvc export reviews`: write it again, as JSONL or Parquet"
        ) from error


def records(path: Path) -> Iterator[Mapping[str, Any]]:
    """The file's records as they are.

    Texts whose days are over by now stay out, although the file still has them. Raises KeyError,
    TypeError or ValueError where it is another file.
    """
    today = datetime.now(UTC).date().isoformat()
    for record in _read(path):
        if (record["kept_until"] or today) >= today:
            yield record


def _read(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".parquet":
        yield from pq.read_table(path).to_pylist()
        return
    for line in read_lines(path):
        yield json.loads(line)
