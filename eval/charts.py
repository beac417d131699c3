"""The dashboard's charts, as plotly figures without colours of their own surroundings.

In: the report. Out: plotly's JSON, one figure a name. Background, grid and text colours
come from the page, which knows whether it is light or dark.
"""

import json
from collections.abc import Mapping
from itertools import cycle
from typing import Any, Final

import plotly.graph_objects as go

from eval.functional.suite import MUST_FLAG

#: Okabe and Ito 2008, "Color universal design": told apart by colour-blind readers. Their
#: yellow and black are left out, as each vanishes on one of the two backgrounds.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES: Final = ("solid", "dash", "dot", "dashdot")
#: Perceptually even, and legible without red and green.
SCALE: Final = "Cividis"
ROW_HEIGHT: Final = 30
CURVE_HEIGHT: Final = 420


def charts(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every chart that the report has data for."""
    figures = {
        "languages": by_language(report),
        "precision_recall": precision_recall(report),
        "reliability": reliability(report),
        "false_positives": false_positives(report),
        "flag_shares": flag_shares(report),
        "functional": functional(report),
    }
    return {
        name: json.loads(figure.to_json()) for name, figure in figures.items() if figure is not None
    }


def by_language(report: Mapping[str, Any]) -> go.Figure | None:
    """Macro-F1 at review and AUROC of each language, with intervals."""
    figure = go.Figure()
    for metric, colour in (("macro_f1_at_review", PALETTE[0]), ("auroc", PALETTE[1])):
        name = report["method"]["metrics"][metric]
        _add_dots(figure, report["by_language"], metric, name, colour)
    return _dot_layout(figure, "score, 1 is best")


def false_positives(report: Mapping[str, Any]) -> go.Figure | None:
    """The share of harmless texts that are flagged, by language."""
    figure = go.Figure()
    for section, name, colour in (
        ("neutral", "neutral, assumed harmless", PALETTE[2]),
        (
            "benign_mentions_of_women",
            "labelled harmless, mentioning women",
            PALETTE[1],
        ),
    ):
        _add_dots(figure, report[section], "fpr_at_review", name, colour)
    return _dot_layout(figure, "share flagged at review, 0 is best")


def precision_recall(report: Mapping[str, Any]) -> go.Figure | None:
    """One curve a language."""
    figure = go.Figure()
    for language, (colour, dash) in _styled(report["curves"]):
        curve = report["curves"][language]["precision_recall"]
        line = {"color": colour, "dash": dash, "width": 2}
        figure.add_scatter(
            x=curve["recall"], y=curve["precision"], mode="lines", name=language, line=line
        )
    return _curve_layout(figure, "recall", "precision")


def reliability(report: Mapping[str, Any]) -> go.Figure | None:
    """How often texts of a predicted probability are in fact misogynous."""
    figure = go.Figure()
    for language, (colour, dash) in _styled(report["curves"]):
        curve = report["curves"][language]["reliability"]
        figure.add_scatter(
            x=curve["predicted"],
            y=curve["observed"],
            customdata=curve["rows"],
            mode="lines+markers",
            name=language,
            line={"color": colour, "dash": dash, "width": 2},
            hovertemplate="predicted %{x:.2f}, observed %{y:.2f}, %{customdata} rows",
        )
    if figure.data:
        ideal = {"color": "#888888", "width": 1}
        figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=ideal)
    return _curve_layout(figure, "predicted probability", "share of positives")


def flag_shares(report: Mapping[str, Any]) -> go.Figure | None:
    """Gold category against predicted label."""
    shares: Mapping[str, Mapping[str, float]] = report["flag_shares"]
    columns = list(next(iter(shares.values()), {}))
    if not columns:
        return None
    return _heatmap(
        rows=list(shares),
        columns=columns,
        values=[[row[column] for column in columns] for row in shares.values()],
    )


def functional(report: Mapping[str, Any]) -> go.Figure | None:
    """The share of functional cases that went as they must, by functionality and language."""
    if not report["functional"]:
        return None
    table: Mapping[str, Mapping[str, Mapping[str, int]]] = report["functional"]["accuracy"]
    languages = sorted(report["functional"]["suites"])
    # An empty row keeps what must be flagged apart from what must not.
    rows = [name for name in table if name in MUST_FLAG]
    rows += ["", *(name for name in table if name not in MUST_FLAG)]
    values = [[_share(table.get(row, {}).get(lang)) for lang in languages] for row in rows]
    return _heatmap(rows, languages, values)


def _share(cell: Mapping[str, int] | None) -> float | None:
    return cell["correct"] / cell["cases"] if cell else None


def _add_dots(
    figure: go.Figure, groups: Mapping[str, Any], metric: str, name: str, colour: str
) -> None:
    shown = {key: g["metrics"][metric] for key, g in groups.items() if metric in g["metrics"]}
    if not shown:
        return
    values = [entry["value"] for entry in shown.values()]
    bounds = [entry["interval"] or [entry["value"]] * 2 for entry in shown.values()]
    figure.add_scatter(
        x=values,
        y=list(shown),
        mode="markers",
        name=name,
        marker={"color": colour, "size": 9},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, (_, high) in zip(values, bounds, strict=True)],
            "arrayminus": [value - low for value, (low, _) in zip(values, bounds, strict=True)],
            "thickness": 1.5,
            "width": 3,
        },
        customdata=bounds,
        hovertemplate="%{y}: %{x:.3f} (%{customdata[0]:.3f} to %{customdata[1]:.3f})",
    )


def _styled(names: Mapping[str, Any]) -> list[tuple[str, tuple[str, str]]]:
    """Each colour with each dash, so that two dozen languages stay apart."""
    styles = cycle((colour, dash) for dash in DASHES for colour in PALETTE)
    return list(zip(names, styles, strict=False))


def _dot_layout(figure: go.Figure, title: str) -> go.Figure | None:
    if not figure.data:
        return None
    rows = len({name for trace in figure.data for name in trace.y})
    figure.update_layout(
        height=150 + ROW_HEIGHT * rows,
        scattermode="group",
        yaxis={"autorange": "reversed", "type": "category", "categoryorder": "category ascending"},
        xaxis={"title": {"text": title}},
    )
    return _common(figure)


def _curve_layout(figure: go.Figure, x: str, y: str) -> go.Figure | None:
    if not figure.data:
        return None
    unit = [-0.02, 1.02]
    figure.update_layout(
        height=CURVE_HEIGHT + 10 * len(figure.data),
        xaxis={"title": {"text": x}, "range": unit},
        yaxis={"title": {"text": y}, "range": unit},
    )
    return _common(figure)


def _heatmap(rows: list[str], columns: list[str], values: list[list[float | None]]) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[_words(column) for column in columns],
            y=[_words(row) for row in rows],
            zmin=0,
            zmax=1,
            colorscale=SCALE,
            texttemplate="%{z:.2f}",
            hoverongaps=False,
            hovertemplate="%{y} / %{x}: %{z:.2f}",
            xgap=2,
            ygap=2,
            showscale=False,
            name="",
        )
    )
    figure.update_layout(
        height=120 + ROW_HEIGHT * len(rows),
        yaxis={"autorange": "reversed"},
        xaxis={"side": "top"},
    )
    return _common(figure)


def _common(figure: go.Figure) -> go.Figure:
    transparent = "rgba(0,0,0,0)"
    return figure.update_layout(
        template="none",
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        paper_bgcolor=transparent,
        plot_bgcolor=transparent,
        legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"},
        xaxis={"automargin": True, "fixedrange": True, "zeroline": False},
        yaxis={"automargin": True, "fixedrange": True, "zeroline": False},
        hoverlabel={"namelength": 0},
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
