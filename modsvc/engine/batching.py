"""Many callers → few batches: the engine behind a bounded queue, for asyncio.

In: contents from callers on an asyncio loop, each call with a deadline, or with none where nobody
waits for it. Out: their scores, or one of `Overloaded`, `DeadlineExceeded`, `EngineFailure`; always
one of them. Batches run on the batcher's own threads, which never wait for company: what has queued
up while one batch ran is the next. Scoring is left to the engine, queueing to `token_queue`.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from modsvc.engine.language import normalise_tag
from modsvc.engine.patience import Patience
from modsvc.engine.token_queue import NO_DEADLINE, Item, Request, TokenQueue
from modsvc.errors import DeadlineExceeded, EngineFailure
from modsvc.types import Content, Score

logger = logging.getLogger(__name__)


class Scorer(Protocol):
    """What the batcher needs of an engine."""

    def score(self, contents: Sequence[Content]) -> list[Score]:
        """Scores in the order of `contents`; called from several threads."""


class Batcher:
    """Collects contents from many calls into batches for one engine."""

    def __init__(
        self,
        engine: Scorer,
        *,
        max_queue: int,
        token_budget: int,
        workers: int,
        max_wait_s: float,
        on_batch: Callable[[int, float], None] | None = None,
    ) -> None:
        """At most `max_queue` contents wait, and none that would for more than `max_wait_s`.

        A batch has about `token_budget` tokens. `on_batch` is told each batch's number of
        contents and its seconds, on a worker's thread.
        """
        self._engine = engine
        self._queue = TokenQueue(max_items=max_queue, token_budget=token_budget)
        self._patience = Patience(max_wait_s, workers)
        self._workers = workers
        self._on_batch = on_batch
        self._threads: list[threading.Thread] = []

    @property
    def queue_depth(self) -> int:
        """How many contents wait whose callers still do."""
        return self._queue.depth

    def start(self) -> None:
        """Start the worker threads; a second call changes nothing."""
        if self._queue.open():
            self._threads = [
                threading.Thread(target=self._work, name=f"batcher-{number}", daemon=True)
                for number in range(self._workers)
            ]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """Refuse new calls, answer those that wait, and return when all is done.

        Blocks: from a coroutine, run it in a thread, so that the loop can take the answers.
        """
        self._queue.close()
        for thread in self._threads:
            thread.join()

    async def score(self, contents: Sequence[Content], *, deadline_s: float | None) -> list[Score]:
        """One score for each content, in order, within `deadline_s` seconds.

        Without a deadline they are scored while no others wait, however long that takes.

        Raises:
            InputError: a language is not a BCP-47 tag, or there are more contents than the
                queue holds.
            Overloaded: the queue has no room, or the wait would be too long; says when to try
                again.
            DeadlineExceeded: the answer was not there in time; what still waited is dropped.
            EngineFailure: the engine failed on a batch with one of these contents, or the
                batcher is not running.
        """
        if not contents:
            return []
        for content in contents:
            normalise_tag(content.language)
        loop = asyncio.get_running_loop()
        deadline = NO_DEADLINE if deadline_s is None else time.monotonic() + deadline_s
        request = Request(contents, deadline, loop, loop.create_future())
        if deadline_s is not None:
            self._patience.check(self.queue_depth, len(contents), deadline_s)
        if not self._queue.put(request):
            raise self._patience.refusal(self.queue_depth, len(contents))
        timer = None if deadline_s is None else loop.call_later(deadline_s, _expire, request)
        try:
            return await request.answer
        finally:
            if timer is not None:
                timer.cancel()
            if request.queued:
                self._queue.abandon(request)

    def _work(self) -> None:
        while batch := self._queue.take():
            started = time.perf_counter()
            settled = self._run(batch)
            seconds = time.perf_counter() - started
            self._patience.note(len(batch), seconds)
            _deliver(settled)
            self._report(len(batch), seconds)

    def _report(self, count: int, seconds: float) -> None:
        if self._on_batch is None:
            return
        try:
            self._on_batch(count, seconds)
        # A listener's error must not cost a worker.
        except Exception:
            logger.exception("on_batch_failed")

    def _run(self, batch: Sequence[Item]) -> list[tuple[Request, EngineFailure | None]]:
        """Score a batch; the requests that this has settled, with their failure, if any."""
        requests = list(dict.fromkeys(item.request for item in batch))
        try:
            scores = self._engine.score([item.content for item in batch])
        # Whatever the engine raises must fail this batch only, never the thread.
        except Exception as error:
            # Not the message: it might quote a text.
            logger.error("engine_failed items=%d error=%s", len(batch), type(error).__name__)
            for request in requests:
                self._queue.abandon(request)
            return [(request, _failure(error)) for request in requests]
        for item, score in zip(batch, scores, strict=True):
            item.request.scores[item.place] = score
        return [(one, None) for one in requests if len(one.scores) == len(one.contents)]


def _failure(cause: Exception) -> EngineFailure:
    failure = EngineFailure(
        "the model failed on the batch that this text was in: send it again, and run "
        "`modsvc verify` if that fails too"
    )
    failure.__cause__ = cause
    return failure


def _expire(request: Request) -> None:
    if not request.answer.done():
        request.answer.set_exception(
            DeadlineExceeded("no answer within the deadline: try again, or allow more time")
        )


def _deliver(settled: Sequence[tuple[Request, EngineFailure | None]]) -> None:
    """Hand the answers over, waking each loop once for all of its requests."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Request, EngineFailure | None]]] = {}
    for request, failure in settled:
        by_loop.setdefault(request.loop, []).append((request, failure))
    for loop, some in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, some)
        except RuntimeError:
            # The loop has closed, and every waiter with it.
            logger.warning("answers_undeliverable requests=%d", len(some))


def _settle(settled: Sequence[tuple[Request, EngineFailure | None]]) -> None:
    for request, failure in settled:
        if request.answer.done():
            continue
        if failure is not None:
            request.answer.set_exception(failure)
        else:
            scores = request.scores
            request.answer.set_result([scores[place] for place in range(len(request.contents))])
