"""The canonical row that every dataset is converted to, and the rules for its labels.

A converter yields `Row`s with the text as published; masking, normalising,
grouping and de-duplicating are left to `training.corpus`. A label that a source
does not state is None, never 0: the loss masks it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from modsvc.labels import CATEGORIES

Split = Literal["train", "dev", "test", "none"]
Label = int | None

#: Every category at None: the source does not say.
UNSTATED: dict[str, Label] = dict.fromkeys(CATEGORIES)


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text.

    `language` is BCP-47, with the script when it is not the usual one
    (`ur-Latn`). `misogyny` and `toxic_other` are 1, 0 or None. `categories` has
    every name of `CATEGORIES`. `group` is the source's own pair or thread key
    (rows that share it stay in one split); `weak` marks labels made by a rule
    rather than by a person: they may train, never test. `parent` is the text that this
    one replies to, where the source has it and the label was given with it in view.
    `weight` in (0, 1] says how far the labels can be trusted, where the source knows.
    """

    text: str
    language: str
    split: Split
    misogyny: Label
    toxic_other: Label = None
    categories: dict[str, Label] = field(default_factory=lambda: dict(UNSTATED))
    group: str | None = None
    weak: bool = False
    parent: str | None = None
    weight: float = 1.0


def categories_for(
    misogyny: Label, positive: Iterable[str] = (), scheme: Iterable[str] = ()
) -> dict[str, Label]:
    """The six category labels that follow from a source's scheme.

    Not misogynous: all 0. Unknown: all None. Misogynous: `positive` are 1, the
    rest of `scheme` (categories the source could have given) 0, all others None.

    Raises:
        ValueError: a name is not in the taxonomy.
    """
    given, possible = set(positive), set(scheme)
    if unknown := (given | possible) - set(CATEGORIES):
        raise ValueError(f"not in the taxonomy: {sorted(unknown)}")
    if misogyny is None:
        return dict(UNSTATED)
    if misogyny == 0:
        return dict.fromkeys(CATEGORIES, 0)
    return {name: 1 if name in given else (0 if name in possible else None) for name in CATEGORIES}


def make_row(
    text: str,
    *,
    language: str,
    split: Split,
    misogyny: Label,
    toxic_other: Label = None,
    positive: Iterable[str] = (),
    scheme: Iterable[str] = (),
    group: str | None = None,
    weak: bool = False,
    parent: str | None = None,
) -> Row:
    """A `Row` with the conventions applied: `toxic_other` is 0 on every misogynous text."""
    return Row(
        text=text,
        language=language,
        split=split,
        misogyny=misogyny,
        toxic_other=0 if misogyny == 1 else toxic_other,
        categories=categories_for(misogyny, positive, scheme),
        group=group,
        weak=weak,
        parent=parent,
    )
