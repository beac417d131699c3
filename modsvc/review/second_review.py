"""Looking again: blind second reviews, and what leads settle.

In: items that were resolved. Out: for a share of first reviews a second item, which somebody
else gets without being told what the first one said; and, when the two disagree or somebody
escalates, an adjudication item for leads. Which items are drawn depends on their ids and the
secret key alone: undoing and resolving again does not change it.
"""

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from modsvc.review.practice import Practice
from modsvc.review.words import Kind
from modsvc.store.keys import keys_of
from modsvc.store.tables import Event, Item

_DRAW = "second review"


def follow_up(session: Session, item: Item, practice: Practice) -> None:
    """Ask for whatever has to come after this item's resolution."""
    if item.resolution == "escalate":
        if item.kind != "adjudication":
            adjudicate(session, item)
    elif item.kind == "first" and _following(session, item, "second") is None:
        if is_drawn(session, item, practice.second_share):
            session.add(_again(item, "second"))
    else:
        _compare(session, item)


def ask(session: Session, item: Item) -> Item | None:
    """Have somebody else review a first item blindly; None where that is so already."""
    if item.kind != "first" or _following(session, item, "second") is not None:
        return None
    again = _again(item, "second")
    session.add(again)
    return again


def is_drawn(session: Session, item: Item, share: float) -> bool:
    """Whether this item is among the share that is reviewed twice."""
    seal = keys_of(session).seal(_DRAW, item.id)
    return int(seal[:8], 16) < share * 2**32


def adjudicate(session: Session, about: Item) -> None:
    """Ask the leads about an item, unless they are asked already."""
    if _following(session, about, "adjudication", state="open") is None:
        session.add(_again(about, "adjudication"))


def take_back(session: Session, item: Item) -> bool:
    """Drop the adjudication that an undone item asked for; False when a lead has seen it."""
    about = item.first if item.kind == "second" else item.id
    asked = (Item.first == about, Item.kind == "adjudication")
    untouched = ~exists().where(Event.item == Item.id)
    session.execute(
        delete(Item)
        .where(*asked, Item.state == "open", untouched)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(select(Item.id).where(*asked).limit(1)) is None


def pair(session: Session, item: Item) -> tuple[Item, Item] | None:
    """A first item and its second one, both resolved by verdicts; `item` may be either."""
    first, second = aliased(Item), aliased(Item)
    query = (
        select(first, second)
        .join(second, (second.first == first.id) & (second.kind == "second"))
        .where(
            (first.id == item.id) | (second.id == item.id),
            first.resolution.in_(("uphold", "overturn")),
            second.resolution.in_(("uphold", "overturn")),
        )
    )
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])


def _compare(session: Session, item: Item) -> None:
    both = pair(session, item) if item.kind in ("first", "second") else None
    if both is not None and both[0].resolution != both[1].resolution:
        adjudicate(session, both[0])


def _following(session: Session, item: Item, kind: Kind, state: str | None = None) -> Item | None:
    query = select(Item).where(Item.first == item.id, Item.kind == kind)
    if state is not None:
        query = query.where(Item.state == state)
    return session.scalars(query.limit(1)).first()


def _again(item: Item, kind: Kind) -> Item:
    """Another item about the same content and decision."""
    return Item(
        content=item.content,
        decision=item.decision,
        first=item.id,
        community=item.community,
        language=item.language,
        severity=item.severity,
        category=item.category,
        kind=kind,
    )
