"""The dashboard: one HTML file that needs no network, for a desk or a phone.

In: a report, and masked examples if they were asked for. Out: HTML as text. Figures
come from `eval.report`, charts from `eval.charts`, looks from `templates/`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from eval.charts import charts
from eval.functional.run import totals
from eval.functional.suite import MUST_ALLOW, MUST_FLAG

TEMPLATES = Path(__file__).parent / "templates"

#: The columns of the language and source tables.
COLUMNS: Final = (
    "macro_f1_at_review",
    "macro_f1_at_half",
    "positive_f1_at_review",
    "precision_at_review",
    "recall_at_review",
    "precision_at_withhold",
    "recall_at_withhold",
    "auroc",
    "average_precision",
    "fpr_at_review",
    "ece",
    "brier",
)
HEADLINE: Final = (
    "macro_f1_at_review",
    "positive_f1_at_review",
    "auroc",
    "average_precision",
    "fpr_at_review",
    "ece",
)


def render_dashboard(report: Mapping[str, Any], examples: Sequence[Mapping[str, Any]] = ()) -> str:
    """One self-contained page; about 5 MB, nearly all of it plotly.js."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawn = charts(report)
    environment.filters["words"] = lambda name: name.replace("_", " ")
    return environment.get_template("dashboard.html").render(
        report=report,
        examples=examples,
        columns=COLUMNS,
        headline=HEADLINE,
        functional=_functional_summary(report["functional"]),
        charts=_script_json(drawn),
        chart_names=set(drawn),
        style=Markup((TEMPLATES / "dashboard.css").read_text("utf-8")),
        script=Markup((TEMPLATES / "dashboard.js").read_text("utf-8")),
        plotly=Markup(get_plotlyjs()),
    )


def _functional_summary(functional: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """One line a language: how many of both kinds of cases went as they must."""
    if not functional:
        return []
    kinds = {"flag": MUST_FLAG, "allow": MUST_ALLOW}
    counts = {kind: totals(functional["accuracy"], names) for kind, names in kinds.items()}
    return [
        {"language": language, **suite}
        | {kind: sums.get(language, [0, 0]) for kind, sums in counts.items()}
        for language, suite in functional["suites"].items()
    ]


def _script_json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    return Markup(json.dumps(value, ensure_ascii=True).replace("<", "\\u003c"))
