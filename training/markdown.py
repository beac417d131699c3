"""Tables for people who read Markdown: the card, the README.

In: the head and the rows, cells of any kind. Out: lines of GitHub's Markdown.
"""

from collections.abc import Iterable
from typing import Any


def table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    """The table, ending in a line break."""
    head = list(head)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(_cell(x) for x in line) + " |\n" for line in lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
