"""Deciding, and thinking better of it.

In: the ruling of a person who holds an item, for it and for copies of its text. Out: resolved
items, an event each, what has to follow (a second review, an adjudication, an appeal's end),
and, within the same transaction, a call of `on_changed` for each content whose state is now
another and of `on_appeal` for each appeal that ended. All of it can be undone for a moment.
Handing out is left to `modsvc.review.claims`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from modsvc.errors import InputError, InputTooLarge, LeaseLost, NotPermitted, TooLate
from modsvc.labels import CATEGORIES, TOXIC_OTHER
from modsvc.review import appeals, copies, leases, second_review
from modsvc.review.appeals import OnAppeal, tell_no_appellant
from modsvc.review.outcome import Change, ContentState, OnChanged, state_of, tell_nobody
from modsvc.review.practice import Practice
from modsvc.review.queue import is_free
from modsvc.review.words import RESOLVED, UNDONE, Resolution
from modsvc.store import events, items
from modsvc.store.columns import utcnow
from modsvc.store.tables import Account, Appeal, Event, Item

MAX_NOTE_CHARS: Final = 5000

#: What a reviewer may find in a text.
FINDABLE: Final = (*CATEGORIES, TOXIC_OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a person says of a text; see `modsvc.review.words` for the resolutions.

    `categories`, among `FINDABLE`, are all those that the text is in; None leaves it open. A
    text that breaks no rule may still be `toxic_other`, and nothing else. Raises InputError.
    """

    resolution: Resolution
    categories: Sequence[str] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.resolution not in RESOLVED:
            raise InputError(f"A resolution is one of {', '.join(RESOLVED)}.")
        if len(self.note) > MAX_NOTE_CHARS:
            raise InputTooLarge(f"A note has at most {MAX_NOTE_CHARS} characters: shorten it.")
        if self.categories is None:
            return
        found = set(self.categories)
        if found - set(FINDABLE):
            raise InputError(f"Categories are among {', '.join(FINDABLE)}.")
        if self.resolution == "uphold" and not found:
            raise InputError("Choose at least one category, or leave the categories open.")
        if self.resolution == "overturn" and found - {TOXIC_OTHER}:
            raise InputError("A text that breaks no rule is in no category: remove them.")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The item that was resolved and its copies.

    `skipped` copies had been taken by others meanwhile, and are left to them.
    """

    item: Item
    copies: tuple[Item, ...]
    skipped: int


class _Tell(NamedTuple):
    """Who is told of what a resolution, or undoing it, changes."""

    on_changed: OnChanged
    on_appeal: OnAppeal


def resolve(
    session: Session,
    account: Account,
    item: str,
    ruling: Ruling,
    practice: Practice,
    *,
    with_copies: Sequence[str] = (),
    on_changed: OnChanged = tell_nobody,
    on_appeal: OnAppeal = tell_no_appellant,
    now: datetime | None = None,
) -> Resolved:
    """Resolve an item that the account holds and, alike, those of its copies that are free.

    `with_copies` are ids that `copies.find` gave. Raises LeaseLost, or NotPermitted when
    something is no copy.
    """
    now = now or utcnow()
    alike = []
    if with_copies:
        alike = copies.find(session, account, item, among=with_copies, now=now)
    if set(with_copies) - {copy.item for copy in alike} - _taken(session, with_copies, now):
        raise NotPermitted("Not all of these items have the same text: look for copies again.")
    values = _values(account, ruling, now)
    before = _state(session, item)
    own = leases.change_held(session, account, item, **values)
    tell = _Tell(on_changed, on_appeal)
    _settle(session, own, account, before, tell, practice=practice)
    settled = []
    for copy in alike:
        before = state_of(session, copy.content)
        other = leases.change(session, [Item.id == copy.item, is_free(now)], **values)
        if other is not None:
            _settle(session, other, account, before, tell, copy_of=own.id)
            settled.append(other)
    skipped = len(set(with_copies)) - len(settled)
    return Resolved(own, tuple(settled), skipped)


def undo(
    session: Session,
    account: Account,
    item: str,
    practice: Practice,
    *,
    on_changed: OnChanged = tell_nobody,
    on_appeal: OnAppeal = tell_no_appellant,
    now: datetime | None = None,
) -> Item:
    """Take back a resolution, with those of its copies, and hold the item again.

    Raises TooLate, LeaseLost when it is not the account's, and NotPermitted when a lead has
    already taken what followed from it.
    """
    now = now or utcnow()
    own = session.get(Item, item)
    if own is None or own.state != "resolved" or own.resolved_by != account.id:
        raise LeaseLost("This resolution is not yours, or already undone.")
    if own.resolved_at is None or now - own.resolved_at > practice.undo:
        raise TooLate(
            f"A resolution can be undone for {practice.undo.seconds} s: escalate or appeal instead."
        )
    for other in [own, *_copies_of(session, own)]:
        lease = (account.id, now + practice.lease) if other.id == own.id else None
        _reopen(session, other, account, lease, _Tell(on_changed, on_appeal))
    return session.get_one(Item, own.id)


def _values(account: Account, ruling: Ruling, now: datetime) -> dict[str, Any]:
    categories = None if ruling.categories is None else list(dict.fromkeys(ruling.categories))
    return {
        **leases.OPEN,
        "state": "resolved",
        "resolution": ruling.resolution,
        "corrected_categories": categories,
        "note": ruling.note,
        "resolved_by": account.id,
        "resolved_at": now,
    }


def _settle(
    session: Session,
    item: Item,
    account: Account,
    before: ContentState | None,
    tell: _Tell,
    *,
    practice: Practice | None = None,
    copy_of: str | None = None,
) -> None:
    """What a resolution brings with it; a copy, which has no `practice`, is not drawn."""
    resolution: Resolution = item.resolution  # type: ignore[assignment]
    data = {
        "kind": item.kind,
        "decision": item.decision,
        "categories": item.corrected_categories,
        "copy_of": copy_of,
        **items.vouched(session, item),
    }
    events.append(
        session,
        RESOLVED[resolution],
        actor=account.id,
        content=item.content,
        item=item.id,
        data=data,
    )
    if before is None:
        return
    if practice is not None:
        second_review.follow_up(session, item, practice)
    elif resolution == "escalate":
        second_review.adjudicate(session, item)
    appeal = appeals.settle(session, item)
    session.flush()
    _tell(session, item, account, before, appeal, tell)


def _reopen(
    session: Session,
    item: Item,
    account: Account,
    lease: tuple[str, datetime] | None,
    tell: _Tell,
) -> None:
    before = _state(session, item.id)
    if before is not None and not second_review.take_back(session, item):
        raise NotPermitted("A lead has already taken up what followed: talk to your lead.")
    values = {
        **leases.OPEN,
        "resolution": None,
        "corrected_categories": None,
        "note": "",
        "resolved_by": None,
        "resolved_at": None,
    }
    if lease is not None:
        owner, until = lease
        values |= {"state": "claimed", "lease_owner": owner, "lease_until": until}
    leases.change(session, [Item.id == item.id], **values)
    data = items.vouched(session, item)
    events.append(session, UNDONE, actor=account.id, content=item.content, item=item.id, data=data)
    if before is None:
        return
    appeal = appeals.reopen(session, item)
    session.flush()
    _tell(session, item, account, before, appeal, tell)


def _copies_of(session: Session, own: Item) -> Sequence[Item]:
    """What was settled together with an item, as its copies."""
    data: Any = Event.data
    said = exists().where(Event.item == Item.id, data["copy_of"].as_string() == own.id)
    together = (
        Item.state == "resolved",
        Item.resolved_by == own.resolved_by,
        Item.resolved_at == own.resolved_at,
    )
    return session.scalars(select(Item).where(*together, said)).all()


def _state(session: Session, item: str) -> ContentState | None:
    """What holds for the item's content; None for a golden one, which has none."""
    content = session.scalar(select(Item.content).where(Item.id == item))
    return None if content is None else state_of(session, content)


def _tell(
    session: Session,
    item: Item,
    account: Account,
    before: ContentState,
    appeal: Appeal | None,
    tell: _Tell,
) -> None:
    after = state_of(session, before.content)
    if (after.action, after.status) != (before.action, before.status):
        change = Change(before.content, item.id, account.id, before, after)
        tell.on_changed(session, change)
    if appeal is not None:
        tell.on_appeal(session, appeal)


def _taken(session: Session, items: Iterable[str], now: datetime) -> set[str]:
    """Those that somebody has by now: no reason to refuse the rest."""
    query = select(Item.id).where(Item.id.in_(list(items)), ~is_free(now))
    return set(session.scalars(query))
