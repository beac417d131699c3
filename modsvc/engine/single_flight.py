"""Work that is under way is not begun again: equal texts in several batches are scored once.

In: jobs by key, and a function that does many. Out: every job's result, by key. Remembering results
once they are there is left to `cache`.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from modsvc.engine.cache import Key

Job = TypeVar("Job")
Result = TypeVar("Result")


class SingleFlight(Generic[Job, Result]):
    """What is under way in all threads. Safe to share between them."""

    def __init__(self) -> None:
        self._flying: dict[Key, Future[Result]] = {}
        self._lock = threading.Lock()

    def run(
        self, jobs: Mapping[Key, Job], work: Callable[[list[Job]], Sequence[Result]]
    ) -> dict[Key, Result]:
        """Results of all `jobs`; `work` is called here for those that no other thread does.

        Raises what `work` raised, here or in the thread that a job was left to.
        """
        with self._lock:
            theirs = {key: self._flying[key] for key in jobs if key in self._flying}
            mine: dict[Key, Future[Result]] = {key: Future() for key in jobs if key not in theirs}
            self._flying.update(mine)
        # Own work first: whoever waits for it must not wait for what this thread waits for.
        if mine:
            self._do(mine, jobs, work)
        landed = mine | theirs
        return {key: landed[key].result() for key in jobs}

    def _do(
        self,
        mine: Mapping[Key, "Future[Result]"],
        jobs: Mapping[Key, Job],
        work: Callable[[list[Job]], Sequence[Result]],
    ) -> None:
        try:
            results = work([jobs[key] for key in mine])
            for future, result in zip(mine.values(), results, strict=True):
                future.set_result(result)
        except BaseException as error:
            for future in mine.values():
                if not future.done():
                    future.set_exception(error)
            raise
        finally:
            with self._lock:
                for key in mine:
                    del self._flying[key]
