"""`python -m eval active-learning`: all languages and strategies, as JSON and a table.

In: a corpus, a setting and a `Plan`. Out: `Outcome`s, plain values, and a table of labels saved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from eval.active.pools import Pool, Setting, pools
from eval.active.saved import Figure, Outcome, outcome
from eval.active.simulate import STRATEGIES, Plan, simulate
from eval.errors import EvalError
from modsvc.engine.engine import Engine


def run(
    corpus: Path,
    setting: Setting,
    engine: Engine | None,
    plan: Plan,
    *,
    languages: Sequence[str] = (),
) -> Iterator[Outcome]:
    """One outcome a language, as they are found.

    Raises EvalError when no language has enough labelled texts.
    """
    some = False
    for pool in pools(corpus, setting, engine, languages=list(languages), seed=plan.seeds):
        some = True
        yield _one(pool, plan)
    if not some:
        raise EvalError(
            "no language has enough labelled texts of both kinds in train and dev: "
            "choose others with --language, or build a larger corpus"
        )


def to_json(setting: Setting, plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The whole simulation as plain values; no text is in it."""
    return {
        "setting": setting,
        "plan": asdict(plan),
        "languages": [asdict(one) for one in outcomes],
    }


def render(setting: Setting, outcomes: Sequence[Outcome]) -> Table:
    """A row a language and strategy: where chance and it end, and the labels that it saves."""
    table = Table(title=f"Active learning, features: {setting}", title_justify="left")
    table.add_column("language")
    for name in ("pool", "labels", "strategy", "AP chance", "gain", "labels saved"):
        table.add_column(name, justify="left" if name == "strategy" else "right")
    for one in outcomes:
        chance = next(saving for saving in one.savings if saving.strategy == "chance")
        for saving in one.savings:
            if saving.strategy != "chance":
                table.add_row(
                    one.language,
                    f"{one.pool:,}",
                    f"{one.labels[-1]:,}",
                    saving.strategy,
                    f"{chance.curve[-1]:.3f}",
                    _cell(saving.gain, "+.3f"),
                    "nothing learnt" if saving.saved is None else _cell(saving.saved, ".0%"),
                )
        table.add_section()
    return table


def _one(pool: Pool, plan: Plan) -> Outcome:
    seeds = range(plan.seeds)
    return outcome(
        pool,
        plan,
        {
            name: np.array([simulate(pool, name, plan, seed) for seed in seeds])
            for name in STRATEGIES
        },
    )


def _cell(figure: Figure, form: str) -> str:
    return f"{figure.value:{form}} ({figure.low:{form}} to {figure.high:{form}})"
