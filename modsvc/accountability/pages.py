"""Self-contained HTML pages: no script, no request, words of others escaped.

In: the name of a template beside this module, and what it shows. Out: the page.
"""

import functools
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(template: str, **shown: Any) -> str:
    """A page; what a template misses is an error."""
    return _environment().get_template(template).render(**shown)


def duration(seconds: float) -> str:
    """Such as "3 d 4 h", "4 h 5 min" or "12 s": the two largest units."""
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    left = round(seconds)
    parts = []
    for name, size in units:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {name}")
    return " ".join(parts[:2]) or "0 s"


def moment(value: datetime | str | None) -> str:
    """Such as "2026-11-22 10:20:30 UTC"."""
    if value is None:
        return "not known"
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    return known.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("modsvc.accountability"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = moment
    return environment
