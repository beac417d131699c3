"""The declared sources: what each dataset is, where its files are, what is expected of it.

One TOML file per source in `training/sources/`, one converter of the same name
in `training/converters/`. In: nothing but those files. Out: `Source` values and
their rows. Downloading is left to `training.fetch`, merging to `training.corpus`. One source,
`reviews`, has no files of its own: it is read where a file is named (`reviews_in`).
"""

import hashlib
import importlib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from modsvc.digests import file_sha256
from training.errors import TrainingError
from training.rows import Row

Tier = Literal["open", "research", "neutral", "authored"]
SOURCES_DIR = Path(__file__).parent / "sources"
#: Sentences written for the project, one file per language; the source `authored` reads them.
AUTHORED_DIR = Path(__file__).parent / "authored"
#: What people decided at a review desk: part of a corpus only where its file is named.
REVIEWS = "reviews"


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


def sources_for(
    tier: str, only: Sequence[str] = (), *, authored: bool = True, reviews: Path | None = None
) -> dict[str, Source]:
    """The sources of a corpus: `open`, or `research`, which has the open ones too.

    Neutral sources are part of both, and so are the project's own sentences unless
    `authored` is false; `only` restricts the corpus to some sources, and `reviews` adds
    the reviewed texts of a file. Raises TrainingError when that is not possible.
    """
    tiers = {"open", "neutral"} | ({"authored"} if authored else set()) | {tier}
    found = {
        name: source
        for name, source in load_sources().items()
        if source.tier in tiers and name != REVIEWS and (not only or name in only)
    }
    if reviews is None:
        if not found:
            raise TrainingError(f"no {tier} source has one of the names {', '.join(only)}")
        return found
    if tier != "research":
        raise TrainingError(
            "reviewed texts are nobody's to give away, nor are models that know them: build a "
            'research corpus (--tier research, or tier = "research"; sources restricts it)'
        )
    return {**found, REVIEWS: reviews_in(reviews)}


def reviews_in(file: Path) -> Source:
    """The source of the reviewed texts in a file that `modsvc export reviews` wrote.

    Raises TrainingError when there is none.
    """
    if not file.is_file():
        raise TrainingError(f"{file} is missing: write it with `modsvc export reviews`")
    # An absolute path stays what it is below any folder of raw files.
    here = SourceFile(REVIEWS, "", str(file.resolve()), file.stat().st_size, file_sha256(file))
    return replace(load_sources()[REVIEWS], files=(here,))


def declarations(*, authored: bool = True, reviews: Path | None = None) -> str:
    """A hash of all sources as declared: their files' sha256 stand for the files."""
    digest = hashlib.sha256()
    paths = sorted(path for path in SOURCES_DIR.glob("*.toml") if path.stem != REVIEWS)
    if reviews is not None:
        digest.update(reviews_in(reviews).files[0].sha256.encode())
    if authored:
        paths += sorted(AUTHORED_DIR.glob("*.jsonl"))
    else:
        paths = [path for path in paths if load_sources()[path.stem].tier != "authored"]
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


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
