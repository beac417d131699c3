"""Many small writes, few commits.

In: callables that write, from any thread or asyncio loop. Out: what each returned, once the
transaction that it was part of is committed, or its error. One thread runs them one after
another; those that wait together share one transaction, each in a savepoint, so that one
failure fails alone. Work of one kind can be handed in as parts, which are done together where
several wait: ingests take a fifth of the time so. Nobody waits for company: what has queued
up while one transaction was committed is the next.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from modsvc.errors import Overloaded, StoreUnavailable
from modsvc.store.database import Database

logger = logging.getLogger(__name__)

P = TypeVar("P")
T = TypeVar("T")

#: Work that does several parts at once: their results in order, or what was wrong with them.
Together: TypeAlias = Callable[[Session, list[P]], Sequence[T | Exception]]

#: Seconds after which whoever waits for a write is told that it takes too long.
PATIENCE_S: Final = 30.0

#: Seconds that one write takes until it has been measured.
_FIRST_GUESS_S: Final = 0.002


@dataclass(slots=True, eq=False)
class _Job:
    """A part of work, what came of it, and who waits for that. Jobs of one `kind` combine."""

    kind: object
    work: Callable[[Session, list[Any]], Sequence[Any]]
    part: Any
    future: Future[Any] = field(default_factory=Future)
    value: Any = None
    error: Exception | None = None

    def settle(self) -> None:
        """Tell who waits."""
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class Writer:
    """The one thread of this process that writes to a database in a hurry."""

    def __init__(
        self, database: Database, *, max_waiting: int = 2048, max_batch: int = 128
    ) -> None:
        """At most `max_waiting` writes wait; one transaction holds at most `max_batch`."""
        self._database = database
        self._max_waiting = max_waiting
        self._max_batch = max_batch
        self._waiting: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = True
        self._seconds_each = _FIRST_GUESS_S

    @property
    def waiting(self) -> int:
        """Writes that nobody has begun."""
        return len(self._waiting)

    def start(self) -> None:
        """Start writing; a second call changes nothing."""
        with self._changed:
            if not self._closed:
                return
            self._closed = False
            self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Refuse new writes, commit those that wait, and return when all is done.

        Blocks: from a coroutine, run it in a thread, so that the loop can take the answers.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Have `work` run in a write transaction; the future is done after its commit.

        `work` must be quick, must not commit, and must return nothing that loads more later.
        Raises Overloaded when too much waits, StoreUnavailable when the writer is stopped. The
        future raises what `work` raised, or StoreUnavailable when nothing could be committed.
        """
        job = _Job(object(), lambda session, _: [work(session)], None)
        return self._submit(job)

    def submit_part(self, work: Together[P, T], part: P) -> Future[T]:
        """Have `work` done for `part`, together with the parts of others that wait for it.

        `work` returns one result a part, in order; an exception among them is the error of
        that part, for which it must not have written anything. Where it raises, nothing of it
        is kept, and it is called again for each part alone. Otherwise as `submit`.
        """
        return self._submit(_Job(work, work, part))

    async def run(self, work: Callable[[Session], T]) -> T:
        """`submit`, awaited; a caller that is cancelled may still be written.

        Raises StoreUnavailable, too, when the database takes longer than anyone waits.
        """
        return await _in_time(self.submit(work))

    async def run_part(self, work: Together[P, T], part: P) -> T:
        """`submit_part`, awaited, as `run` does it."""
        return await _in_time(self.submit_part(work, part))

    def _submit(self, job: _Job) -> Future[Any]:
        with self._changed:
            if self._closed:
                raise StoreUnavailable("The store is shutting down: try again later.")
            if len(self._waiting) >= self._max_waiting:
                raise Overloaded(
                    "Too many writes wait for the database: try again later.",
                    retry_after_s=len(self._waiting) * self._seconds_each,
                )
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def _run(self) -> None:
        while batch := self._take():
            started = time.perf_counter()
            self._commit(batch)
            each = (time.perf_counter() - started) / len(batch)
            self._seconds_each += 0.1 * (each - self._seconds_each)
            for job in batch:
                job.settle()

    def _take(self) -> list[_Job]:
        """What waits, at most one batch of it; nothing once the writer is stopped and empty."""
        with self._changed:
            while True:
                while not self._waiting and not self._closed:
                    self._changed.wait()
                count = min(len(self._waiting), self._max_batch)
                taken = [self._waiting.popleft() for _ in range(count)]
                # A caller may have cancelled meanwhile.
                batch = [job for job in taken if job.future.set_running_or_notify_cancel()]
                if batch or not taken:
                    return batch

    def _commit(self, batch: Sequence[_Job]) -> None:
        by_kind: dict[object, list[_Job]] = {}
        for job in batch:
            by_kind.setdefault(job.kind, []).append(job)
        try:
            with self._database.transaction() as session:
                for jobs in by_kind.values():
                    _attempt(session, jobs)
        # Whatever happens to one transaction must not end the thread.
        except Exception as error:
            logger.error("write_failed writes=%d error=%s", len(batch), type(error).__name__)
            for job in batch:
                job.error = _failure(error)


def _attempt(session: Session, jobs: Sequence[_Job]) -> None:
    """Do the work of jobs of one kind, together if that goes well, else each alone."""
    try:
        with session.begin_nested():
            results = jobs[0].work(session, [job.part for job in jobs])
            for job, result in zip(jobs, results, strict=True):
                job.value, job.error = _outcome(result)
    except (OperationalError, InterfaceError):
        # The database may have dropped the whole transaction: no savepoint is to be trusted.
        raise
    except Exception as error:
        session.expunge_all()
        if len(jobs) == 1:
            jobs[0].error = error
        else:
            for job in jobs:
                job.error = None
                _attempt(session, [job])
    # The next one must see the database, not what this one remembers of it.
    session.expunge_all()


async def _in_time(future: Future[T]) -> T:
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE_S)
    except TimeoutError as error:
        raise StoreUnavailable(
            "The database takes too long, and what was sent may have been kept or not: check that "
            "the database runs, then send the same again; a text that is known is not kept twice."
        ) from error


def _outcome(result: object) -> tuple[object, Exception | None]:
    return (None, result) if isinstance(result, Exception) else (result, None)


def _failure(cause: Exception) -> Exception:
    if isinstance(cause, StoreUnavailable):
        failure = StoreUnavailable(str(cause))
    else:
        failure = StoreUnavailable(
            f"The database could not commit ({type(cause).__name__}): try again, and run "
            "`modsvc db verify-log` if that fails too."
        )
    failure.__cause__ = cause
    return failure
