"""What a platform sends is scored, and handed over to be kept; or kept, to be scored later.

In: drafts of contents. Out: for each, which version it is, and the decision and the review item,
once all that is committed. Scoring comes before the transaction; what is done in it is left
to `modsvc.ingest.keep` and `modsvc.ingest.accept`, who may send what to `modsvc.api.security`.
"""

from collections.abc import Sequence
from dataclasses import replace

from modsvc.engine.language import normalise_tag
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.ingest.accept import Arrival, accept
from modsvc.ingest.judge import content_of, failed, judge
from modsvc.ingest.keep import Keep, Part
from modsvc.ingest.policies import Policies
from modsvc.ingest.requests import Once, Taken
from modsvc.ingest.room import Room
from modsvc.pipeline import Pipeline, failure_reason
from modsvc.store.contents import Draft
from modsvc.store.writer import Writer


class Ingest:
    """The way in."""

    def __init__(self, pipeline: Pipeline, writer: Writer, policies: Policies, room: Room) -> None:
        self._pipeline = pipeline
        self._writer = writer
        self._room = room
        # One object for all calls: the writer does together what is of one kind.
        self._keep = Keep(policies)

    async def take(
        self, drafts: Sequence[Draft], *, actor: str, deadline_s: float, once: Once | None = None
    ) -> list[Taken]:
        """Decide on drafts and keep them, in order.

        The answers are as by `modsvc.store.wire.content_json`, or by `undecided_json` where the
        words were erased before anything was decided. Raises InputError for a language that is
        none, IdempotencyMismatch, Overloaded, StoreUnavailable; nothing was kept then.
        """
        known = _known(drafts)
        contents = [content_of(draft) for draft in known]
        with self._pipeline.held() as loaded:
            try:
                judged = await judge(loaded, contents, deadline_s)
            except (EngineFailure, DeadlineExceeded) as error:
                judged = failed(contents, failure_reason(error))
        part = Part(known, judged, actor, once, loaded.running.engine)
        return await self._writer.run_part(self._keep, part)

    async def accept(
        self, drafts: Sequence[Draft], *, actor: str, once: Once | None = None
    ) -> list[Taken]:
        """Keep drafts, in order, to be decided on later; those that are known are answered.

        The answers are as by `modsvc.store.wire.undecided_json`, or by `content_json`. Raises as
        `take`, and Overloaded where too many texts wait.
        """
        known = _known(drafts)
        with self._room.entering(len(known)):
            return await self._writer.run_part(accept, Arrival(known, actor, once))


def _known(drafts: Sequence[Draft]) -> list[Draft]:
    return [replace(draft, language=normalise_tag(draft.language)) for draft in drafts]
