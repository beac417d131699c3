"""Texts → scores, with spans where people will look at them.

In: drafts or stored contents, as the model is to see them. Out: a `Judged` for each. What follows
from a score, and keeping it, is left to `modsvc.ingest.keep`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from modsvc.errors import DeadlineExceeded, EngineFailure, Overloaded
from modsvc.pipeline import Loaded, decide_content
from modsvc.policy.decide import FailureReason
from modsvc.store.contents import Draft
from modsvc.store.tables import Content as ContentRow
from modsvc.types import Content, Score


class Judged(NamedTuple):
    """A text and its score, or why it has none."""

    content: Content
    score: Score | None
    failure: FailureReason | None


async def judge(
    loaded: Loaded, contents: Sequence[Content], deadline_s: float | None
) -> list[Judged]:
    """Score, in order; without a deadline they give way to all texts that have one.

    Raises InputError, Overloaded, EngineFailure or DeadlineExceeded.
    """
    until = None if deadline_s is None else time.monotonic() + deadline_s
    scores = await loaded.score(contents, deadline_s)
    scores = await _explain(loaded, contents, scores, until)
    return [Judged(content, score, None) for content, score in zip(contents, scores, strict=True)]


def failed(contents: Sequence[Content], reason: FailureReason) -> list[Judged]:
    """The same without scores."""
    return [Judged(content, None, reason) for content in contents]


def content_of(kept: Draft | ContentRow) -> Content:
    """A text as the model sees it."""
    return Content(
        text=kept.text or "",
        id=kept.content_id,
        language=kept.language,
        community=kept.community or None,
        parent=kept.parent_text,
    )


async def _explain(
    loaded: Loaded, contents: Sequence[Content], scores: list[Score], until: float | None
) -> list[Score]:
    """The same scores, with spans where people will look at them."""
    flagged = [
        place
        for place, (content, score) in enumerate(zip(contents, scores, strict=True))
        if decide_content(content, score, loaded.policy).flagged
    ]
    left = None if until is None else until - time.monotonic()
    if not flagged or (left is not None and left <= 0):
        return scores
    asked = [replace(contents[place], explain=True) for place in flagged]
    try:
        explained = await loaded.score(asked, left)
    except (EngineFailure, DeadlineExceeded, Overloaded):
        # A reviewer can do without; the decision must not wait for it.
        return scores
    spans = dict(zip(flagged, explained, strict=True))
    return [
        replace(score, spans=spans[place].spans) if place in spans else score
        for place, score in enumerate(scores)
    ]
