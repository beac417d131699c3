"""Every declared source turns its published files into the rows we promise.

`fixtures/<source>/` is a raw directory with a few sentences of our own in the
published format, `expected.jsonl` the rows that must come out of it.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from training.catalogue import load_sources, rows_of
from training.rows import categories_for

FIXTURES = Path(__file__).parent / "fixtures"
PUBLISHED = [name for name, source in load_sources().items() if source.files]


def expected_rows(name: str) -> list[dict[str, Any]]:
    path = FIXTURES / name / "expected.jsonl"
    assert path.is_file(), f"{name} has no fixture: add its files and {path.name} below {FIXTURES}"
    lines = path.read_text("utf-8").split("\n")
    return [{"parent": None, "weight": 1.0} | json.loads(line) for line in lines if line]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_source_is_converted_as_promised(name: str) -> None:
    rows = [asdict(row) for row in rows_of(load_sources()[name], FIXTURES / name)]

    assert rows == expected_rows(name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_promised_rows_obey_the_conventions(name: str) -> None:
    source = load_sources()[name]
    for row in expected_rows(name):
        assert row["language"] in source.languages
        assert row["split"] in source.expected
        if row["misogyny"] == 1:
            assert row["toxic_other"] == 0
        else:
            assert row["categories"] == categories_for(row["misogyny"])


def test_no_fixture_outlives_its_source() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == set(PUBLISHED)


@pytest.mark.parametrize(
    ("file", "fault"),
    [("Ethos_Dataset_Binary.csv", "fewer"), ("Ethos_Dataset_Multi_Label.csv", "more")],
)
def test_ethos_refuses_files_that_do_not_belong_together(
    tmp_path: Path, file: str, fault: str
) -> None:
    raw_dir = shutil.copytree(FIXTURES / "ethos", tmp_path / "ethos")
    path = next(raw_dir.rglob(file))
    lines = [line for line in path.read_text("utf-8").splitlines(True) if "wife" not in line]
    path.write_text("".join(lines), "utf-8")

    with pytest.raises(ValueError, match=f"{fault} hateful comments .* fetch both again"):
        list(rows_of(load_sources()["ethos"], raw_dir))
