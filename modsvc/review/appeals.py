"""Objections: somebody says why a decision is wrong, and somebody else looks again.

In: an appellant's words, by API or at the desk. Out: `Appeal` rows, each with an item that
nobody can claim who reviewed the text before, and an outcome: `overturn` when the text is
treated otherwise now, `uphold` when not, `escalate` when a lead passed it on. Telling the
appellant is left to the `on_appeal` of `modsvc.review.resolve` and to whoever asks.
"""

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from modsvc.errors import InputError, InputTooLarge, NotFound, NotPermitted
from modsvc.review.asking import item_about
from modsvc.review.outcome import ContentState, state_of, text_of
from modsvc.review.severity import severity
from modsvc.review.words import APPEALED, Resolution
from modsvc.store import events
from modsvc.store.tables import Appeal, Content, Decision, Event, Item

MAX_WORDS_CHARS: Final = 5000
#: Something to read: for every client's validator, whatever it takes for white space.
VISIBLE: Final = r"[^\s\ufeff\x00-\x1f\x7f-\x9f]"
MAX_CONTACT_CHARS: Final = 255

#: So many of one author's withheld texts are looked at again at a time; the next ones wait.
MAX_OPEN_OF_AUTHOR: Final = 20

ENDED: Final = "appeal.resolved"

#: Is called in the transaction in which an appeal ends, or in which its end is undone.
OnAppeal = Callable[[Session, Appeal], None]


class Listed(NamedTuple):
    """An appeal, what it is about, and the item that looks at it again."""

    appeal: Appeal
    content: Content
    review: Item


def tell_no_appellant(session: Session, appeal: Appeal) -> None:
    """The `OnAppeal` of those who have nobody to tell."""


def start(
    session: Session,
    content: str,
    words: str,
    *,
    actor: str,
    contact: str | None = None,
    again: bool = False,
) -> Appeal:
    """Appeal against what holds for a content version (its `Content.id`).

    A first review that nobody has begun is made with the appellant's words in view; otherwise
    there is another item, for somebody else. `contact` is how to reach the appellant, for the
    platform's own use. What an appeal has confirmed is not looked at once more, unless somebody
    who may say so wants it `again`. Raises NotFound, InputError, or NotPermitted when there is
    nothing to appeal against, or too much at a time.
    """
    if re.search(VISIBLE, words) is None:
        raise InputError("An appeal needs words: say why the decision is wrong.")
    if len(words) > MAX_WORDS_CHARS or len(contact or "") > MAX_CONTACT_CHARS:
        raise InputTooLarge(f"An appeal has at most {MAX_WORDS_CHARS} characters: shorten it.")
    text = text_of(session, content)
    if text.erased_at is not None:
        raise NotPermitted("The text was erased: nobody can look at it again.")
    state = state_of(session, content)
    if state.action == "review":
        raise NotPermitted("Nothing is decided yet: wait for the review.")
    if _open_of(session, content) is not None:
        raise NotPermitted("There is an appeal about this already: wait for its outcome.")
    if not again:
        _check_flood(session, text, state.action)
    item = _unseen(session, content) or _another(session, text, state)
    session.flush()
    appeal = Appeal(content=content, item=state.item, review=item.id, words=words, contact=contact)
    session.add(appeal)
    session.flush()
    data = {"appeal": appeal.id, "against": state.action}
    events.append(session, APPEALED, actor=actor, content=content, item=item.id, data=data)
    return appeal


def get(session: Session, appeal: str) -> Appeal:
    """The appeal with this id. Raises NotFound."""
    found = session.get(Appeal, appeal)
    if found is None:
        raise NotFound("There is no such appeal.")
    return found


def of_item(session: Session, item: Item) -> Appeal | None:
    """The appeal that an item looks at: an appeal item's, or that which a lead settles."""
    about = item.first if item.kind == "adjudication" else item.id
    return session.scalars(select(Appeal).where(Appeal.review == about)).first()


def settle(session: Session, item: Item) -> Appeal | None:
    """End the appeal that this item's resolution settles, if any, and return it."""
    appeal = of_item(session, item)
    if appeal is None or (item.kind != "adjudication" and item.resolution == "escalate"):
        return None
    appeal.state, appeal.outcome = "resolved", _outcome(session, appeal, item)
    appeal.resolved_at = item.resolved_at
    actor = item.resolved_by or events.SYSTEM
    data = {"appeal": appeal.id, "outcome": appeal.outcome}
    events.append(session, ENDED, actor=actor, content=item.content, item=item.id, data=data)
    return appeal


def reopen(session: Session, item: Item) -> Appeal | None:
    """Open the appeal that this item's resolution, now undone, had ended, and return it."""
    appeal = of_item(session, item)
    if appeal is None or appeal.state == "open":
        return None
    appeal.state, appeal.outcome, appeal.resolved_at = "open", None, None
    return appeal


def listed(
    session: Session, state: Literal["open", "resolved"], *, limit: int = 100
) -> list[Listed]:
    """Appeals that wait, the oldest first; or those that ended, the latest first."""
    order = Appeal.id if state == "open" else Appeal.resolved_at.desc()
    query = (
        select(Appeal, Content, Item)
        .join(Content, Content.id == Appeal.content)
        .join(Item, Item.id == Appeal.review)
        .where(Appeal.state == state)
        .order_by(order)
    )
    return [Listed(*row) for row in session.execute(query.limit(limit))]


def _open_of(session: Session, content: str) -> Appeal | None:
    query = select(Appeal).where(Appeal.content == content, Appeal.state == "open")
    return session.scalars(query).first()


def _check_flood(session: Session, text: Content, action: str) -> None:
    """Raise NotPermitted where another look would only take the reviewers' time.

    Only what holds counts: what was withheld after somebody else's appeal can be appealed against
    once too. And only appeals for an author's texts are held back, never those against them.
    """
    ended = select(Appeal).where(Appeal.content == text.id, Appeal.state == "resolved")
    for one in session.scalars(ended):
        if one.outcome != "escalate" and _against(session, one) == action:
            raise NotPermitted(
                "An appeal against this has had its outcome: a lead can enter another one."
            )
    if action != "withhold" or text.author_key is None:
        return
    waiting = (
        select(Event.data)
        .join(Appeal, Appeal.review == Event.item)
        .join(Content, Content.id == Appeal.content)
        .where(Event.kind == APPEALED, Appeal.state == "open")
        .where(Content.author_key == text.author_key)
    )
    if sum(data["against"] == "withhold" for data in session.scalars(waiting)) >= (
        MAX_OPEN_OF_AUTHOR
    ):
        raise NotPermitted(
            f"{MAX_OPEN_OF_AUTHOR} appeals for this author's texts wait already: send the next "
            "ones when those have their outcome."
        )


def _unseen(session: Session, content: str) -> Item | None:
    """The content's first item, if it still waits for somebody."""
    query = select(Item).where(Item.content == content, Item.kind == "first", Item.state == "open")
    return session.scalars(query).first()


def _another(session: Session, text: Content, state: ContentState) -> Item:
    decision = session.get_one(Decision, state.decision)
    item = item_about(text, decision, severity(decision))
    item.kind, item.first = "appeal", state.item
    session.add(item)
    return item


def _outcome(session: Session, appeal: Appeal, item: Item) -> Resolution:
    if item.resolution == "escalate":
        return "escalate"
    # Others may have changed the text's state since: what counts is what was appealed against.
    after = "withhold" if item.resolution == "uphold" else "allow"
    return "uphold" if after == _against(session, appeal) else "overturn"


def _against(session: Session, appeal: Appeal) -> str:
    """The action that an appeal was made against."""
    made = select(Event.data).where(Event.item == appeal.review, Event.kind == APPEALED)
    return str(session.scalars(made).one()["against"])
