"""The declared sources, and finding their files on disk."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from training import catalogue
from training.catalogue import RawFiles, Source, SourceFile, load_sources, rows_of
from training.rows import Row, make_row

SOURCES = load_sources()


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_source_is_declared_so_that_it_can_be_fetched_read_and_cited(name: str) -> None:
    source = SOURCES[name]
    assert source.name == name
    assert source.tier in {"open", "research", "neutral", "authored"}
    assert bool(source.files) == (name not in {"authored", "reviews"})
    assert (source.tier == "neutral") == name.startswith("neutral")
    assert source.licence
    assert source.citation
    assert source.languages
    assert set(source.expected) <= {"train", "dev", "test", "none"}
    for file in source.files:
        assert re.fullmatch(r"[0-9a-f]{40}", file.commit)
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert re.fullmatch(r"[^/]+/[^/]+", file.repo)
        assert ".." not in file.local.parts
        assert file.bytes > 0
    assert callable(importlib.import_module(f"training.converters.{name}").convert)


@pytest.fixture
def source() -> Source:
    """A source of two files, of which the tests put on disk what they need."""
    names = ("data/train.csv", "data/old/train.csv")
    files = tuple(SourceFile("lab/corpus", "c" * 40, name, 1, "0" * 64) for name in names)
    return replace(SOURCES["edos"], name="example", files=files)


def test_a_file_is_found_by_the_end_of_its_path(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "lab" / "corpus" / "data" / "train.csv"
    path.parent.mkdir(parents=True)
    path.touch()
    assert RawFiles(source, tmp_path).path("data/train.csv") == path


@pytest.mark.parametrize(("suffix", "count"), [("train.csv", 2), ("test.csv", 0)])
def test_an_end_that_fits_two_files_or_none_is_refused(
    source: Source, tmp_path: Path, suffix: str, count: int
) -> None:
    with pytest.raises(KeyError, match=f"{count} declared files"):
        RawFiles(source, tmp_path).path(suffix)


def test_a_file_that_is_not_there_says_how_to_fetch_it(source: Source, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="training fetch --source example"):
        RawFiles(source, tmp_path).path("old/train.csv")


def test_rows_without_text_are_dropped_for_every_converter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def convert(_: RawFiles) -> Iterator[Row]:
        for text in ("first", "", " \n", "last"):
            yield make_row(text, language="en", split="train", misogyny=0)

    monkeypatch.setattr("training.converters.edos.convert", convert)
    assert [row.text for row in rows_of(SOURCES["edos"], tmp_path)] == ["first", "last"]


def test_a_declaration_under_another_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    declared = (catalogue.SOURCES_DIR / "edos.toml").read_text("utf-8")
    (tmp_path / "eods.toml").write_text(declared, encoding="utf-8")
    monkeypatch.setattr(catalogue, "SOURCES_DIR", tmp_path)
    load_sources.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"eods\.toml: name must be 'eods'"):
            load_sources()
    finally:
        load_sources.cache_clear()
