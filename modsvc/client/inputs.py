"""What is sent: texts to score, and contents to be kept.

In: plain values. Out: JSON as bytes, one piece an item, so that lists can be cut to size.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """One text to score; `parent` is what it replies to, `explain` asks for spans."""

    text: str
    id: str | None = None
    language: str | None = None
    community: str | None = None
    parent: str | None = None
    explain: bool = False

    def wire(self) -> bytes:
        """As the service reads it."""
        return _encoded(
            text=self.text,
            id=self.id,
            language=self.language,
            community=self.community,
            context=_context(self.parent),
            explain=self.explain or None,
        )


@dataclass(frozen=True, slots=True)
class Content:
    """One text to be judged and kept under your `content_id`.

    `created_at` needs a time zone; without one the service refuses it.
    """

    content_id: str
    text: str
    language: str | None = None
    author_id: str | None = None
    community: str | None = None
    parent: str | None = None
    url: str | None = None
    created_at: datetime | None = None

    def wire(self) -> bytes:
        """As the service reads it."""
        return _encoded(
            content_id=self.content_id,
            text=self.text,
            language=self.language,
            author_id=self.author_id,
            community=self.community,
            context=_context(self.parent),
            url=self.url,
            created_at=None if self.created_at is None else self.created_at.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Objection:
    """What somebody says against what holds for a content, in their own words."""

    content_id: str
    words: str
    community: str | None = None
    contact: str | None = None

    def wire(self) -> bytes:
        """As the service reads it."""
        return _encoded(
            content_id=self.content_id,
            words=self.words,
            community=self.community,
            contact=self.contact,
        )


def _context(parent: str | None) -> dict[str, str] | None:
    return None if parent is None else {"parent": parent}


def _encoded(**values: Any) -> bytes:
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Half an emoji is no UTF-8; escaped, the service reads it as U+FFFD.
        return json.dumps(given, separators=(",", ":")).encode()
