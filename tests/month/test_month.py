"""The whole month on a few hundred posts, as the notebook of the documentation lives it.

Every command is real, the figures mean little.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.month import world
from tests.month.recipes import write_retrain
from training.dedup import near_duplicates, text_key
from training.recipe import load_recipe

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs/notebooks/loop.ipynb"

#: In a process of its own: imports of Jupyter's libraries warn of things that are not ours.
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
try:
    NotebookClient(notebook, timeout=1500, kernel_name="python3").execute(cwd=".")
finally:
    nbformat.write(notebook, sys.argv[2])
"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder that the notebook worked in, and its outcome."""
    folder = tmp_path_factory.mktemp("loop")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK), str(folder / "executed.ipynb")],
        cwd=ROOT,
        env={**os.environ, "LOOP_FOLDER": str(folder / "m"), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder, json.loads((folder / "m/outcome.json").read_text("utf-8"))


def test_posts_are_decided_and_people_look_at_them(lived: tuple[Path, dict[str, Any]]) -> None:
    _, outcome = lived
    decided, reviewed = outcome["decided"], outcome["reviewed"]
    assert sum(decided.values()) == outcome["posts"] == 560
    asked_about = decided["review"] + decided["withhold"]
    assert decided["allow"] > asked_about > 50
    assert outcome["suggested"] > 0
    assert reviewed["first"] >= asked_about
    assert reviewed["second"] > 0
    assert reviewed["errors"] > 0


def test_the_watch_notices_the_new_language_and_the_code_word(
    lived: tuple[Path, dict[str, Any]],
) -> None:
    _, outcome = lived
    moved = {alarm.partition(" moved")[0] for alarm in outcome["alarms"]}
    assert {"other: share", "en: words"} <= moved


def test_a_challenger_is_judged_promoted_and_taken_back(
    lived: tuple[Path, dict[str, Any]],
) -> None:
    folder, outcome = lived
    assert outcome["passed"], outcome["gate"]
    assert outcome["answered_by"] == [outcome["challenger"], outcome["seed"]]
    assert (folder / "m/models/current").resolve().name == outcome["seed"]
    assert outcome["flagged_by_challenger"] > outcome["flagged_by_seed"]
    assert len(list(folder.glob("m/registry/promotions/*.json"))) == 3


def test_every_cell_of_the_notebook_ran(lived: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = lived
    executed = nbformat.read(folder / "executed.ipynb", as_version=4)
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_the_notebook_is_kept_without_what_it_printed() -> None:
    kept = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(kept)
    cells = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert len(cells) > 8
    assert not [cell for cell in cells if cell.outputs or cell.execution_count]
    assert "/home/" not in NOTEBOOK.read_text("utf-8")


def test_the_mix_of_languages_drifts_and_the_campaign_begins_in_the_middle() -> None:
    days = list(world.month(20_000, 1))
    assert sum(map(len, days)) == 20_000
    spanish = [sum(post.language == "es" for post in day) / len(day) for day in days]
    assert max(spanish[: world.QUIET]) == 0 < spanish[world.QUIET] < spanish[-1]
    assert 0.2 < spanish[-1] < 0.4
    coded = [any(post.coded for post in day) for day in days]
    assert coded == [day >= world.CAMPAIGN for day in range(world.DAYS)]
    texts = {post.text for day in days for post in day}
    assert len(texts) == 20_000
    assert not texts & {post.text for post in world.coded(100, 1)}


def test_a_large_month_is_learnt_from_as_a_whole(tmp_path: Path) -> None:
    """No post makes another's author part of its group, and no number of reviews is too large."""
    keys = [text_key(post.text) for day in world.month(20_000, 1) for post in day if post.hostile]
    assert len(list(near_duplicates(keys))) < 10
    assert load_recipe(write_retrain(tmp_path, 5_000)).max_rows_per_source is None
