"""The words of the review: roles, kinds of items, resolutions, names of events.

In: nothing. Out: types and constants, the only place where they are spelled beside the
constraints of `modsvc.store.tables`.

A resolution always speaks of the text, whatever the kind of its item: `uphold` says that the
text breaks the rules and is withheld, `overturn` that it does not and is allowed, `escalate`
that somebody else has to say.
"""

from typing import Final, Literal, get_args

Role = Literal["reviewer", "lead", "auditor", "admin"]
Kind = Literal["first", "second", "golden", "appeal", "adjudication"]
Resolution = Literal["uphold", "overturn", "escalate"]

#: Kinds as reviewers see them: a second review and a golden item look like any first review.
Shown = Literal["review", "appeal", "adjudication"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
SHOWN: Final[tuple[Shown, ...]] = get_args(Shown)

#: Who may see to the kinds of items that are claimed from the queue; golden items are not.
CLAIMABLE: Final[dict[str, tuple[Kind, ...]]] = {
    "reviewer": ("first", "second", "appeal"),
    "lead": ("first", "second", "appeal", "adjudication"),
    "admin": ("first", "second", "appeal", "adjudication"),
    "auditor": (),
}

#: A category counts as present in a text from this probability on.
PRESENT: Final = 0.5

#: A content was put into the queue; made where contents come in.
FLAGGED: Final = "flagged"
CLAIMED: Final = "claimed"
RELEASED: Final = "released"
UNDONE: Final = "undone"
APPEALED: Final = "appealed"

#: The event that each resolution makes.
RESOLVED: Final[dict[Resolution, str]] = {
    "uphold": "upheld",
    "overturn": "overturned",
    "escalate": "escalated",
}
