"""An alert that names a metric which is not there never fires; one without advice helps nobody."""

import re
from pathlib import Path

import yaml

from modsvc.telemetry import Metrics

DOCS = Path(__file__).parent.parent / "docs"
RULES = [
    rule
    for group in yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]

#: Prometheus' own.
SYNTHETIC = {"up"}


def exposed() -> set[str]:
    """Every name under which a figure of `modsvc.telemetry` can be asked for."""
    ends = {
        "counter": ("_total",),
        "histogram": ("_bucket", "_sum", "_count"),
        "gauge": ("",),
    }
    return {
        family.name + end
        for family in Metrics().registry.collect()
        for end in ends.get(family.type, ())
    }


def test_every_metric_of_the_alerts_is_there() -> None:
    names = {
        name for rule in RULES for name in re.findall(r"\b(?:modsvc|process|up)\w*", rule["expr"])
    }
    # A job's name is no metric.
    names -= {"modsvc"}
    assert len(names) > 10
    assert names <= exposed() | SYNTHETIC


def test_every_alert_says_what_to_do_and_how_urgent_it_is() -> None:
    headings = re.findall(r"^##+ (.+)$", (DOCS / "operations.md").read_text("utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in headings}
    for rule in RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (file, anchor in anchors) == ("operations.md", True), anchor
