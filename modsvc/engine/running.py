"""An engine behind its queue, and how many requests are using it.

In: an engine and its batcher. Out: scores, by `score`; a request that needs them all from one
model holds it meanwhile, and `retire` waits for those that do. Which model answers is left to
`modsvc.pipeline`.
"""

import threading
from collections.abc import Sequence

from modsvc.engine.artifact import Artifact
from modsvc.engine.batching import Batcher
from modsvc.engine.engine import Engine
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.types import Content, Score


class Running:
    """One loaded model. Safe to share between threads."""

    def __init__(self, engine: Engine, batcher: Batcher) -> None:
        """`batcher` is that engine's."""
        self.engine = engine
        self._batcher = batcher
        self._changed = threading.Condition()
        # Both are guarded by `_changed`.
        self._held = 0
        self._failures = 0

    @property
    def artifact(self) -> Artifact:
        """The model folder that was loaded."""
        return self.engine.artifact

    @property
    def queue_depth(self) -> int:
        """Texts that wait for this model."""
        return self._batcher.queue_depth

    @property
    def failures(self) -> int:
        """Calls that this model failed, or was too late for, since it was loaded."""
        return self._failures

    def start(self) -> None:
        """Make `score` available."""
        self._batcher.start()

    def stop(self) -> None:
        """Answer what waits, then refuse. Blocks; the callers' loop has to stay free."""
        self._batcher.stop()

    def hold(self) -> None:
        """Keep it from retiring until `let_go`."""
        with self._changed:
            self._held += 1

    def let_go(self) -> None:
        """The end of a `hold`."""
        with self._changed:
            self._held -= 1
            if not self._held:
                self._changed.notify_all()

    def retire(self) -> None:
        """Stop as soon as nobody holds it. Blocks as long as the slowest request takes."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held)
        self.stop()

    async def score(self, contents: Sequence[Content], deadline_s: float | None) -> list[Score]:
        """Score, in order, together with whatever else is waiting.

        Without a deadline they give way to all that have one. Raises InputError, Overloaded,
        EngineFailure or DeadlineExceeded.
        """
        try:
            return await self._batcher.score(contents, deadline_s=deadline_s)
        except (EngineFailure, DeadlineExceeded):
            with self._changed:
                self._failures += 1
            raise
