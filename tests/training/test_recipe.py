"""Recipes: those that are shipped load, and a slip of the pen is named."""

from pathlib import Path

import pytest

from training.catalogue import load_sources
from training.errors import TrainingError
from training.recipe import load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"
WHOLE = """
name = "mine"
tier = "open"

[sampling]
examples = 1000
temperature = 0.5

[optimisation]
learning_rate = 1e-4
"""


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_recipe_loads_and_names_sources_and_recipes_that_exist(path: Path) -> None:
    recipe = load_recipe(path)
    assert recipe.name == path.stem
    allowed = {"open", "neutral", "authored", recipe.tier}
    for name in (*recipe.sources, *recipe.sampling.focus):
        assert load_sources()[name].tier in allowed
    for other in filter(None, (recipe.init_from, *recipe.averaged_with)):
        assert (RECIPES.parent / other).is_file()


def test_the_shipped_model_learns_from_open_sources_alone() -> None:
    wanted, parts = ["recipes/open.toml"], set()
    while wanted:
        recipe = load_recipe(RECIPES.parent / wanted.pop())
        parts.add(recipe.name)
        assert (recipe.tier, recipe.smoke) == ("open", False)
        wanted += filter(None, (recipe.init_from, *recipe.averaged_with))
    branches = {"open_focus", "open_wide", "open_mixture"}
    rounds = {"open", "open_places", "open_voices", "open_general"}
    assert parts == {*rounds, "open_mean", *branches}


def test_a_run_from_elsewhere_is_averaged_with_where_it_started() -> None:
    mean = load_recipe(RECIPES / "open_mean.toml")
    assert mean.averaged_with
    after = mean.starting_from("models/default")
    assert (after.init_from, after.averaged_with) == ("models/default", ["models/default"])
    alone = load_recipe(RECIPES / "retrain.toml").starting_from("models/default")
    assert (alone.init_from, alone.averaged_with) == ("models/default", [])


def test_what_a_recipe_leaves_out_has_a_default(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(WHOLE, encoding="utf-8")
    recipe = load_recipe(path)
    assert (recipe.sampling.examples, recipe.optimisation.learning_rate) == (1000, 1e-4)
    assert recipe.thresholds.review_precision < recipe.thresholds.withhold_precision


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('tier = "open"', 'tier = "open"\nepochs = 3', "epochs"),
        ("temperature = 0.5", "temperature = 0.5\ntemprature = 1", r"sampling\.temprature"),
        ("temperature = 0.5", "temperature = 1.5", r"sampling\.temperature"),
        ("learning_rate = 1e-4", "learning_rate = 0", r"optimisation\.learning_rate"),
        ('tier = "open"', 'tier = "secret"', "tier"),
        ("examples = 1000", "", r"sampling\.examples"),
        ("examples = 1000", "examples =", "line 6"),
    ],
)
def test_a_mistake_is_refused_with_the_name_of_the_key(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(WHOLE.replace(old, new), encoding="utf-8")
    with pytest.raises(TrainingError, match=rf"(?s)mine\.toml is not a valid recipe.*{named}"):
        load_recipe(path)


def test_a_missing_recipe_says_which_one_there_is(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"absent\.toml is missing.*recipes/open\.toml"):
        load_recipe(tmp_path / "absent.toml")
