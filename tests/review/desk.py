"""A desk to work at: people, flagged texts, and the steps that every test takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from modsvc.labels import CATEGORIES
from modsvc.review import accounts, claims, golden
from modsvc.review.asking import item_about
from modsvc.review.outcome import Change, ContentState, state_of
from modsvc.review.practice import Practice
from modsvc.review.queue import ANYTHING, Filters
from modsvc.review.resolve import Resolved, Ruling, resolve, undo
from modsvc.review.severity import severity
from modsvc.store import contents, decisions
from modsvc.store.columns import new_id
from modsvc.store.contents import Draft
from modsvc.store.database import Database
from modsvc.store.tables import Account, Content, Decision, Event, Item
from tests.store.rows import decision

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

#: Nothing is drawn by chance.
PLAIN = Practice(second_share=0, golden_share=0)


@dataclass
class Desk:
    """One database and a clock; `changes` is what an `on_changed` was told."""

    database: Database
    practice: Practice = PLAIN
    now: datetime = NOW
    changes: list[Change] = field(default_factory=list)

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def person(self, name: str, role: Any = "reviewer", *languages: str, **more: Any) -> Account:
        """Somebody with a role and languages, and without a password."""
        with self.database.transaction() as session:
            return accounts.create(
                session, name, "", role, actor="operator", languages=languages, **more
            )

    def flag(self, text: str = "You hateword", *, language: str = "en", **more: Any) -> str:
        """A text that the policy wants reviewed; the item's id.

        `more` are fields of `Draft`, of `Decision`, or a category's probability.
        """
        with self.database.transaction() as session:
            drafted = {name: more.pop(name) for name in _DRAFTED if name in more}
            drafted = {"content_id": new_id(), **drafted}
            content = contents.put(session, Draft(text=text, **drafted), actor="key").content
            session.flush()
            scores = {name: more.pop(name, 0.01) for name in CATEGORIES}
            fields = {"probability": 0.9, "toxic_other": 0.0, "categories": scores, **more}
            row = decision(content.id, language=language, decided_at=self.now, **fields)
            decisions.record(session, row)
            session.flush()
            item = item_about(content, row, severity(row))
            item.created_at = self.now
            session.add(item)
            return item.id

    def claim(
        self,
        account: Account,
        filters: Filters = ANYTHING,
        chance: float = 1.0,
        known: str | None = None,
    ) -> Any:
        """The next item's id, or None; about a golden text if chance has it, or it is `known`."""
        known = known or golden.choose(
            *(self.database, account, self.practice, filters),
            passes=lambda _: True,
            chance=lambda: chance,
        )
        with self.database.transaction() as session:
            found = claims.claim(
                *(session, account, self.practice, filters), now=self.now, known=known
            )
            return found and found.item.id

    def take(self, account: Account, item: str) -> Item:
        """A particular item."""
        with self.database.transaction() as session:
            return claims.claim_item(session, account, item, self.practice, now=self.now).item

    def resolve(
        self,
        account: Account,
        item: str,
        resolution: Any,
        categories: Sequence[str] | None = None,
        **more: Any,
    ) -> Resolved:
        """Say what one thinks of an item that one holds."""
        ruling = Ruling(resolution=resolution, categories=categories, note=more.pop("note", ""))
        with self.database.transaction() as session:
            return resolve(
                *(session, account, item, ruling, self.practice),
                on_changed=self._on_changed,
                now=self.now,
                **more,
            )

    def settle(self, account: Account, item: str, resolution: Any, *categories: str) -> None:
        """Take an item and say what one thinks of it."""
        self.take(account, item)
        self.resolve(account, item, resolution, categories or None)

    def undo(self, account: Account, item: str) -> Item:
        """Think better of it."""
        with self.database.transaction() as session:
            return undo(
                *(session, account, item, self.practice),
                on_changed=self._on_changed,
                now=self.now,
            )

    def item(self, item: str) -> Item:
        """The item as it is now."""
        with self.database.reading() as session:
            return session.get_one(Item, item)

    def items(self, kind: str) -> list[Item]:
        """All items of a kind, in the order in which they were made."""
        with self.database.reading() as session:
            return list(session.scalars(select(Item).where(Item.kind == kind).order_by(Item.id)))

    def state(self, item: str) -> ContentState:
        """What holds for the item's content."""
        with self.database.reading() as session:
            return state_of(session, str(session.get_one(Item, item).content))

    def content(self, item: str) -> Content:
        """The item's content."""
        with self.database.reading() as session:
            return session.get_one(Content, session.get_one(Item, item).content)

    def decision(self, item: str) -> Decision:
        """The item's decision."""
        with self.database.reading() as session:
            return session.get_one(Decision, session.get_one(Item, item).decision)

    def events(self, item: str) -> list[tuple[str, str]]:
        """What happened to an item, and by whom."""
        with self.database.reading() as session:
            found = select(Event).where(Event.item == item).order_by(Event.seq)
            return [(event.kind, event.actor) for event in session.scalars(found)]

    def event_numbers(self, item: str) -> list[int]:
        """Where in the record the events of an item are."""
        with self.database.reading() as session:
            return list(
                session.scalars(select(Event.seq).where(Event.item == item).order_by(Event.seq))
            )

    def _on_changed(self, session: Any, change: Change) -> None:
        self.changes.append(change)


_DRAFTED = (*("content_id", "community", "parent_text", "author_id", "url", "created_at"),)
