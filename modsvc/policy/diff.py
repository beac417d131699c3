"""What one policy says otherwise than another.

In: two documents. Out: a `Change` for each value that differs, by its place in the file; a
term is at `terms.<kind>.<language>.<pattern>`, and its value is its note. Or both documents as
YAML, line beside line (`side_by_side`).
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, NamedTuple

from modsvc.policy.document import ANY_LANGUAGE, Document, write_document

#: Lines that are alike, shown around those that differ.
_AROUND: Final = 3


class Change(NamedTuple):
    """One place, as the keys that lead to it; None where that document says nothing there."""

    place: tuple[str, ...]
    before: str | float | None
    after: str | float | None

    @property
    def at(self) -> str:
        """The place in one word."""
        return ".".join(self.place)


class Pair(NamedTuple):
    """A line of each document; None where that one has no such line."""

    before: str | None
    after: str | None

    @property
    def same(self) -> bool:
        """Whether both say it."""
        return self.before == self.after


def diff(before: Document, after: Document) -> list[Change]:
    """All differences, sorted by place; none for two documents that say the same."""
    old, new = _flat(before), _flat(after)
    places = sorted(place for place in old.keys() | new.keys() if old.get(place) != new.get(place))
    return [Change(place, old.get(place), new.get(place)) for place in places]


def side_by_side(before: Document, after: Document) -> list[list[Pair]]:
    """Both documents, written alike: the stretches where they differ, with some lines around."""
    old, new = (write_document(document).splitlines() for document in (before, after))
    stretches = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND)
    return [
        [
            Pair(*lines)
            for _, old_from, old_to, new_from, new_to in stretch
            for lines in zip_longest(old[old_from:old_to], new[new_from:new_to])
        ]
        for stretch in stretches
    ]


def _flat(document: Document) -> dict[tuple[str, ...], str | float]:
    return dict(_values((), document.model_dump(mode="json")))


def _values(place: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str | float]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _values((*place, str(key)), inner)
    elif isinstance(value, list):
        for term in value:
            language = term["language"] or ANY_LANGUAGE
            yield (*place, term["kind"], language, term["pattern"]), term["note"]
    elif value is not None:
        yield place, value
