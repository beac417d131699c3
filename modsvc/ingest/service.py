"""What a platform sends is scored, and handed over to be kept.

In: drafts of contents. Out: for each, which version it is, the decision and the review item,
once all that is committed. Scoring comes before the transaction; what is done in it is left
to `modsvc.ingest.keep`, who may send what to `modsvc.api.security`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from modsvc.engine.language import normalise_tag
from modsvc.errors import DeadlineExceeded, EngineFailure, Overloaded
from modsvc.ingest.keep import Judged, Keep, Part, Taken
from modsvc.ingest.policies import Policies
from modsvc.ingest.requests import Once
from modsvc.pipeline import Loaded, Pipeline, decide_content, failure_reason
from modsvc.store.contents import Draft
from modsvc.store.writer import Writer
from modsvc.types import Content, Score


class Ingest:
    """The way in."""

    def __init__(self, pipeline: Pipeline, writer: Writer, policies: Policies) -> None:
        self._pipeline = pipeline
        self._writer = writer
        # One object for all calls: the writer does together what is of one kind.
        self._keep = Keep(policies)

    async def take(
        self, drafts: Sequence[Draft], *, actor: str, deadline_s: float, once: Once | None = None
    ) -> list[Taken]:
        """Keep drafts, in order; the answers are as by `modsvc.store.wire.content_json`.

        Raises InputError for a language that is none, IdempotencyMismatch, Overloaded,
        StoreUnavailable; nothing was kept then.
        """
        known = [replace(draft, language=normalise_tag(draft.language)) for draft in drafts]
        with self._pipeline.held() as loaded:
            judged = await _judge(loaded, known, deadline_s)
        part = Part(judged, actor, once, loaded.running.engine)
        return await self._writer.run_part(self._keep, part)


async def _judge(loaded: Loaded, drafts: Sequence[Draft], deadline_s: float) -> list[Judged]:
    until = time.monotonic() + deadline_s
    contents = [_content(draft) for draft in drafts]
    try:
        scores = await loaded.score(contents, deadline_s)
    except (EngineFailure, DeadlineExceeded) as error:
        reason = failure_reason(error)
        return [
            Judged(draft, content, None, reason)
            for draft, content in zip(drafts, contents, strict=True)
        ]
    scores = await _explain(loaded, contents, scores, until)
    return [
        Judged(draft, content, score, None)
        for draft, content, score in zip(drafts, contents, scores, strict=True)
    ]


async def _explain(
    loaded: Loaded, contents: Sequence[Content], scores: list[Score], until: float
) -> list[Score]:
    """The same scores, with spans where people will look at them."""
    flagged = [
        place
        for place, (content, score) in enumerate(zip(contents, scores, strict=True))
        if decide_content(content, score, loaded.policy).flagged
    ]
    left = until - time.monotonic()
    if not flagged or left <= 0:
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


def _content(draft: Draft) -> Content:
    return Content(
        text=draft.text,
        id=draft.content_id,
        language=draft.language,
        community=draft.community or None,
        parent=draft.parent_text,
    )
