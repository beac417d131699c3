"""The tables in the documents are those that the service answers by."""

import re
from pathlib import Path

from modsvc.api.dialects.moderations.categories import MEANINGS
from modsvc.api.dialects.perspective.attributes import ANSWERED, REFUSED

DOCS = Path(__file__).parents[3] / "docs"
MOVING = (DOCS / "moving-from-perspective.md").read_text(encoding="utf-8")
API = (DOCS / "api.md").read_text(encoding="utf-8")


def named(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`(.+?)`", cell))


def test_every_attribute_that_is_answered_is_documented_as_it_is() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (`[^|]+) \| (\w+) \| (.+) \|$", MOVING, re.MULTILINE)
    documented = {name: (named(labels), scope, why) for name, labels, scope, why in rows}
    assert documented == {name: tuple(one) for name, one in ANSWERED.items()}


def test_every_attribute_that_is_refused_is_documented_with_the_reason() -> None:
    part = MOVING.partition("### What is refused")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \| (.+) \|$", part, re.MULTILINE)
    assert {name: why for names, why in rows for name in named(names)} == REFUSED


def test_every_category_that_is_judged_is_documented_as_it_is() -> None:
    rows = re.findall(r"^\| `(h[a-z/]+)` \| (.+?) \| .+? \| (.+) \|$", API, re.MULTILINE)
    documented = {name: (named(labels), why) for name, labels, why in rows}
    judged = {name: one for name, one in MEANINGS.items() if one.scored_by}
    assert documented == {name: (one.scored_by, one.why) for name, one in judged.items()}
    for name in set(MEANINGS) - set(judged):
        assert f"`{name.partition('/')[0]}`" in API
