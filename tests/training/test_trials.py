"""Before a whole run: one change, a few seeds, figures on dev."""

import numpy as np
import pytest

from training.errors import TrainingError
from training.recipe import Optimisation, Recipe, Sampling
from training.trials import Trial, changed, read_trials, render

RECIPE = Recipe(
    name="trial",
    tier="open",
    sampling=Sampling(examples=10, temperature=0.5, focus={"edos": 0.5}),
    optimisation=Optimisation(learning_rate=1e-4),
)


def test_a_change_reaches_its_field_and_leaves_the_rest() -> None:
    new = changed(RECIPE, ["loss.twins=0.3", "sampling.focus.edos=2", "seed=7"])
    assert (new.loss.twins, new.sampling.focus, new.seed) == (0.3, {"edos": 2.0}, 7)
    assert changed(new, ["loss.twins=0", "sampling.focus.edos=0.5", "seed=2026"]) == RECIPE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("loss.twin=1", "no field"),
        ("nothing.at.all=1", "no field"),
        ("loss.twins=much", "JSON"),
        ("loss.twins=-1", "do not fit"),
        ("loss.twins", "JSON"),
    ],
)
def test_a_change_that_cannot_be_made_is_named(change: str, said: str) -> None:
    with pytest.raises(TrainingError, match=said):
        changed(RECIPE, [change])


def test_trials_are_shown_by_change_and_the_last_of_a_seed_counts(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "trials.jsonl"
    path.write_text(
        '{"change":"a","seed":1,"focus_ap":0.1,"focus_f1":0.5,"authored_ap":0.5,'
        '"authored_alarms":0.2,"others_ap":0.5}\n'
        '{"change":"a","seed":1,"focus_ap":0.7,"focus_f1":0.5,"authored_ap":0.5,'
        '"authored_alarms":0.2,"others_ap":0.5}\n'
        '{"change":"a","seed":2,"focus_ap":0.9,"focus_f1":0.5,"authored_ap":0.5,'
        '"authored_alarms":0.2,"others_ap":0.5}\n'
    )
    trials = read_trials(path)
    assert trials == [
        Trial("a", 1, 0.7, 0.5, 0.5, 0.2, 0.5),
        Trial("a", 2, 0.9, 0.5, 0.5, 0.2, 0.5),
    ]
    table = render(trials)
    assert table.row_count == 1
    assert [next(iter(column.cells)) for column in table.columns][:4] == [
        "a",
        "2",
        "0.8000",
        f"{np.std([0.7, 0.9], ddof=1):.4f}",
    ]
