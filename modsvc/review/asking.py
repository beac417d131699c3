"""A decision → an item that asks people about it.

In: a stored content, what was decided on it, and how urgent the question is. Out: the `Item`, a
first one of now; whoever asks says what differs. Adding it to the database, and the event that
tells of it, are left to them too.
"""

from modsvc.review.severity import strongest
from modsvc.store.tables import Content, Decision, Item


def item_about(content: Content, decision: Decision, severity: float) -> Item:
    """An open first item, in the language that was decided in; `severity` is in [0, 1]."""
    return Item(
        content=content.id,
        decision=decision.id,
        community=content.community,
        language=decision.language,
        severity=severity,
        category=strongest(decision),
    )
