"""A model in the shadow → the panels of the dashboard that tell what it would do otherwise.

In: `LanguageNumbers`. Out: two panels. Their tables have every pair of models of the time; drawn is
the one that was compared last, because sums over several would say nothing of any.
"""

from datetime import date
from typing import Final

from modsvc.desk.catalogues import N_
from modsvc.desk.charts import bars, histogram
from modsvc.desk.panels import LANGUAGE, Figure, Numbers, Panel, References, simple
from modsvc.desk.sheets import Column, Sheet
from modsvc.review.shadow import ShadowNumbers
from modsvc.store.shadows import BINS, Tally

_PAIR: Final = (
    Column("active", N_("Model that answered"), "word"),
    Column("candidate", N_("Shadow"), "word"),
    Column("texts", N_("Texts"), "number"),
)


def shadow(numbers: Numbers, references: References) -> Panel:
    """Which shares of the texts the candidate alone, and the model alone, would flag."""
    columns = (
        *(LANGUAGE, *_PAIR),
        Column("same", N_("Same action"), "number"),
        Column("more", N_("Flagged by the shadow alone"), "number"),
        Column("fewer", N_("Not flagged by the shadow alone"), "number"),
        Column("other", N_("Flagged otherwise"), "number"),
        Column("mean_difference", N_("Mean difference"), "probability"),
    )
    rows = [
        (
            *(one.language, pair.active, pair.candidate),
            *(pair.tally.texts, pair.tally.same, pair.tally.more, pair.tally.fewer),
            *(pair.tally.other, pair.tally.mean_difference),
        )
        for one in numbers
        for pair in one.shadow
    ]
    shares = [
        (language, (tally.more / tally.texts, tally.fewer / tally.texts))
        for language, tally in _newest(numbers)
    ]
    drawing = bars([(name, pair, pair) for name, pair in shares], ["percent", "percent"])
    return simple("shadow", N_("A model in the shadow"), columns, rows, drawing)


def shadow_differences(numbers: Numbers, references: References) -> Panel:
    """By how much its probabilities are others."""
    lows = [2 * place / BINS - 1 for place in range(BINS)]
    bins = [Column(f"from_{low:.1f}", f"{low:.1f}", "number") for low in lows]
    columns = (LANGUAGE, *_PAIR, *bins)
    rows = [
        (one.language, pair.active, pair.candidate, pair.tally.texts, *pair.tally.histogram)
        for one in numbers
        for pair in one.shadow
    ]
    figures = [
        Figure(
            histogram([count / tally.texts for count in tally.histogram], ends=("-1", "1")), name
        )
        for name, tally in _newest(numbers)
    ]
    sheet = Sheet("shadow-differences", N_("Differences of the shadow"), columns, rows)
    return Panel(sheet, tuple(figures))


def _newest(numbers: Numbers) -> list[tuple[str, Tally]]:
    """By language, what was counted of the pair of models that was compared last."""
    newest = max((_order(pair) for one in numbers for pair in one.shadow), default=None)
    return [
        (one.language, pair.tally)
        for one in numbers
        for pair in one.shadow
        if _order(pair) == newest
    ]


def _order(pair: ShadowNumbers) -> tuple[date, str, str]:
    return pair.last, pair.active, pair.candidate
