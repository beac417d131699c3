"""The numbers of each language → the panels of the dashboard: charts, each with its table.

In: `LanguageNumbers`. Out: one `Panel` for each of `PANELS`, by name. Languages without
anything to show are left out of a panel, never shown as nought. How they are drawn is in
`modsvc.desk.charts`, how they are counted in `modsvc.review.dashboard`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from modsvc.desk.catalogues import N_
from modsvc.desk.charts import bars, curve, histogram
from modsvc.desk.drift_numbers import alarms, mix
from modsvc.desk.panels import LANGUAGE, Figure, Numbers, Panel, References, simple
from modsvc.desk.shadow_numbers import shadow, shadow_differences
from modsvc.desk.sheets import Column, Sheet
from modsvc.review.drift import BINS, meaning

_DECISIONS: Final = Column("decisions", N_("Decisions"), "number")
_FLAGGED: Final = Column("flagged", N_("Flagged"), "number")
_REVIEWED: Final = Column("reviewed", N_("Reviewed"), "number")


def volume(numbers: Numbers, references: References) -> Panel:
    """How many texts were decided."""
    known = [one for one in numbers if one.volume]
    columns = (LANGUAGE, _DECISIONS, _FLAGGED)
    rows = [(one.language, one.volume, one.flagged) for one in known]
    drawing = bars([(one.language, [one.volume], [one.volume]) for one in known], ["number"])
    return simple("volume", N_("Volume"), columns, rows, drawing)


def flag_rate(numbers: Numbers, references: References) -> Panel:
    """Which share of them was flagged."""
    known = [one for one in numbers if one.volume]
    columns = (
        *(LANGUAGE, _DECISIONS, _FLAGGED),
        Column("flag_rate", N_("Flag rate"), "percent"),
    )
    rows = [(one.language, one.volume, one.flagged, one.flag_rate) for one in known]
    drawing = bars([(one.language, [one.flag_rate], [one.flag_rate]) for one in known], ["percent"])
    return simple("flag-rate", N_("Flag rate"), columns, rows, drawing)


def backlog(numbers: Numbers, references: References) -> Panel:
    """What waits, and since when."""
    known = [one for one in numbers if one.backlog]
    columns = (
        LANGUAGE,
        Column("waiting", N_("Waiting"), "number"),
        Column("oldest", N_("Oldest since"), "moment"),
    )
    rows = [(one.language, one.backlog, one.oldest) for one in known]
    drawing = bars(
        [(one.language, [one.backlog], [one.backlog, one.oldest]) for one in known],
        ["number", "age"],
    )
    return simple("backlog", N_("Backlog and age of the oldest"), columns, rows, drawing)


def decision_time(numbers: Numbers, references: References) -> Panel:
    """How long people took, from flag to decision."""
    known = [one for one in numbers if one.reviewed]
    columns = (
        *(LANGUAGE, _REVIEWED),
        Column("median_s", N_("Median"), "seconds"),
        Column("p90_s", N_("90th percentile"), "seconds"),
    )
    rows = [(one.language, one.reviewed, one.median_s, one.p90_s) for one in known]
    both = [(one.language, (one.median_s, one.p90_s)) for one in known]
    drawing = bars([(name, pair, pair) for name, pair in both], ["seconds", "seconds"])
    return simple("decision-time", N_("Time to decision"), columns, rows, drawing)


def overturn_rate(numbers: Numbers, references: References) -> Panel:
    """How often people found that a flag was wrong."""
    known = [one for one in numbers if one.reviewed]
    columns = (
        *(LANGUAGE, _REVIEWED),
        Column("overturned", N_("Overturned"), "number"),
        Column("overturn_rate", N_("Overturn rate"), "percent"),
    )
    rows = [(one.language, one.reviewed, one.overturned, one.overturn_rate) for one in known]
    drawn = [(one.language, [one.overturn_rate], [one.overturn_rate]) for one in known]
    drawing = bars(drawn, ["percent"], top=1)
    return simple("overturn-rate", N_("Overturn rate"), columns, rows, drawing)


def agreement(numbers: Numbers, references: References) -> Panel:
    """How often model and people said the same of each label."""
    columns = (
        LANGUAGE,
        Column("label", N_("Label"), "term"),
        Column("compared", N_("Compared"), "number"),
        Column("agreed", N_("Agreed"), "number"),
        Column("agreement_rate", N_("Agreement"), "percent"),
    )
    rows, figures = [], []
    for one in numbers:
        known = [label for label in one.agreement if label.compared]
        rows += [
            (one.language, label.label, label.compared, label.agreed, label.rate) for label in known
        ]
        drawn = [(label.label, [label.rate], [label.rate, label.compared]) for label in known]
        if known:
            drawing = bars(drawn, ["percent", "number"], top=1)
            figures.append(Figure(drawing, one.language))
    sheet = Sheet("agreement", N_("Model and people"), columns, rows)
    return Panel(sheet, tuple(figures))


def calibration(numbers: Numbers, references: References) -> Panel:
    """Whether a probability means what it says, where people looked."""
    columns = (
        LANGUAGE,
        Column("from", N_("Probability from"), "probability"),
        Column("to", N_("to"), "probability"),
        _REVIEWED,
        Column("mean_probability", N_("What the model said"), "probability"),
        Column("share", N_("What people said"), "probability"),
    )
    rows, figures = [], []
    for one in numbers:
        points = []
        for part in one.calibration:
            if part.mean_probability is not None and part.share is not None:
                points.append((part.mean_probability, part.share, part.count))
                row = (part.low, part.high, part.count, part.mean_probability, part.share)
                rows.append((one.language, *row))
        if points:
            figures.append(Figure(curve(points), one.language))
    sheet = Sheet("calibration", N_("Calibration on reviewed texts"), columns, rows)
    return Panel(sheet, tuple(figures))


def drift(numbers: Numbers, references: References) -> Panel:
    """Whether scores are spread as they were when the model was made."""
    bins = [Column(f"from_{low / BINS}", f"{low / BINS}", "percent") for low in range(BINS)]
    columns = (
        LANGUAGE,
        Column("of", N_("Of"), "term"),
        _DECISIONS,
        Column("drift", N_("Drift"), "probability"),
        *bins,
    )
    rows, figures = [], []
    for one in numbers:
        total, reference = sum(one.scores), references.get(one.language)
        if not total:
            continue
        shares = [count / total for count in one.scores]
        rows.append((one.language, "traffic", total, one.drift, *shares))
        if reference is not None:
            rows.append((one.language, "reference", None, None, *reference))
        told = None if one.drift is None else meaning(one.drift)
        figures.append(Figure(histogram(shares, reference), one.language, one.drift, told))
    sheet = Sheet("drift", N_("Scores and their drift"), columns, rows)
    return Panel(sheet, tuple(figures))


#: In the order in which they are shown.
PANELS: Final[Mapping[str, Callable[[Numbers, References], Panel]]] = {
    "volume": volume,
    "flag-rate": flag_rate,
    "backlog": backlog,
    "decision-time": decision_time,
    "overturn-rate": overturn_rate,
    "shadow": shadow,
    "mix": mix,
    "alarms": alarms,
    "agreement": agreement,
    "calibration": calibration,
    "drift": drift,
    "shadow-differences": shadow_differences,
}
