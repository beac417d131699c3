"""The declared sources: what each dataset is, where its files are, what is expected of it.

One TOML file per source in `training/sources/`, one converter of the same name
in `training/converters/`. In: nothing but those files. Out: `Source` values and
their rows. Downloading is left to `training.fetch`, merging to `training.corpus`.
"""

import importlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from training.rows import Row

Tier = Literal["open", "research", "neutral"]
SOURCES_DIR = Path(__file__).parent / "sources"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file as published: `repo` at `commit`, `path` inside it, checked by `sha256`."""

    repo: str
    commit: str
    path: str
    bytes: int
    sha256: str

    @property
    def local(self) -> Path:
        """Where the file lies below the raw directory."""
        return Path(self.repo) / self.path


@dataclass(frozen=True, slots=True)
class Source:
    """One dataset, as declared.

    `expected` maps each split, `expected_by_language` each language over all splits
    (empty where nothing is declared), to its counts of rows/positives/null.
    """

    name: str
    tier: Tier
    licence: str
    languages: tuple[str, ...]
    platform: str
    citation: str
    notes: str
    resplit: bool
    conflict: Literal["null", "positive"]
    expected: dict[str, dict[str, int]]
    expected_by_language: dict[str, dict[str, int]]
    files: tuple[SourceFile, ...]


class RawFiles:
    """The files of one source on disk, addressed by the end of their published path."""

    def __init__(self, source: Source, raw_dir: Path) -> None:
        self._source = source
        self._raw_dir = raw_dir

    def path(self, suffix: str) -> Path:
        """The one declared file whose `repo/path` ends in `suffix`.

        Raises:
            KeyError: none or several declared files end so.
            FileNotFoundError: it is declared but not on disk; says how to fetch it.
        """
        found = [f for f in self._source.files if str(f.local).endswith(suffix)]
        if len(found) != 1:
            raise KeyError(f"{self._source.name}: {len(found)} declared files end in {suffix!r}")
        path = self._raw_dir / found[0].local
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing: run `python -m training fetch --source "
                f"{self._source.name}` or point --raw-dir at a folder that has it"
            )
        return path


Converter = Callable[[RawFiles], Iterator[Row]]


@cache
def load_sources() -> dict[str, Source]:
    """All declared sources by name, in alphabetical order."""
    return {path.stem: _parse(path) for path in sorted(SOURCES_DIR.glob("*.toml"))}


def rows_of(source: Source, raw_dir: Path) -> Iterator[Row]:
    """The source's canonical rows; rows with empty text are dropped here, for all alike."""
    module = importlib.import_module(f"training.converters.{source.name}")
    convert = cast(Converter, module.convert)
    return (row for row in convert(RawFiles(source, raw_dir)) if row.text.strip())


def _parse(path: Path) -> Source:
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    if data["name"] != path.stem:
        raise ValueError(f"{path.name}: name must be {path.stem!r}")
    return Source(
        name=data["name"],
        tier=data["tier"],
        licence=data["licence"],
        languages=tuple(data["languages"]),
        platform=data["platform"],
        citation=data["citation"],
        notes=data.get("notes", ""),
        resplit=data.get("resplit", False),
        conflict=data.get("conflict", "null"),
        expected=data["expected"],
        expected_by_language=data.get("expected_by_language", {}),
        files=tuple(SourceFile(**entry) for entry in data["files"]),
    )
