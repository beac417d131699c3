"""The README shows the figures of the model that ships."""

import json
from pathlib import Path

import pytest

from training.errors import TrainingError
from training.readme import END, START, results, update

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "models" / "default" / "manifest.json"


def test_the_readme_has_the_shipped_models_figures() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    shown = text.partition(START)[2].partition(END)[0]
    assert shown.strip() == results(json.loads(MANIFEST.read_text("utf-8"))).strip()


def test_what_the_suites_said_stands_under_the_table() -> None:
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    suites = {
        "flagged": [9, 10],
        "allowed": [8, 10],
        "by_functionality": {"threats": [9, 10], "praise": [8, 10]},
        "by_language": {"en": [17, 20]},
        "evasions": {},
        "replies": [0, 0],
    }
    manifest["metrics"]["suites"] = suites
    assert "flags 9 of 10 cases" in results(manifest).split("\n\n")[-1]


def test_updating_leaves_the_rest_of_the_file_alone(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"above\n{START}\nstale words\n{END}\nbelow\n", encoding="utf-8")
    update(readme, MANIFEST)
    text = readme.read_text("utf-8")
    assert text.startswith(f"above\n{START}\nModel `")
    assert text.endswith(f"{END}\nbelow\n")
    assert "stale words" not in text


def test_a_file_without_markers_is_refused_in_words(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("no markers here", encoding="utf-8")
    with pytest.raises(TrainingError, match="put them back"):
        update(readme, MANIFEST)
