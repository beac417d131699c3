"""A text that a thousand people paste at once is scored once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from modsvc.engine.single_flight import SingleFlight

KEYS = (b"one", b"two", b"three")


def test_what_another_thread_does_is_waited_for() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    begun, go = threading.Event(), threading.Event()
    done: list[str] = []

    def slowly(jobs: list[str]) -> list[str]:
        begun.set()
        assert go.wait(10)
        return quickly(jobs)

    def quickly(jobs: list[str]) -> list[str]:
        done.extend(jobs)
        return [job.upper() for job in jobs]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.run, {KEYS[0]: "a", KEYS[1]: "b"}, slowly)
        assert begun.wait(10)
        second = pool.submit(flights.run, {KEYS[2]: "c", KEYS[1]: "b"}, quickly)
        while "c" not in done:
            assert not second.done()
        go.set()
        assert first.result(10) == {KEYS[0]: "A", KEYS[1]: "B"}
        assert second.result(10) == {KEYS[2]: "C", KEYS[1]: "B"}
    assert sorted(done) == ["a", "b", "c"]


def test_a_failure_reaches_all_who_wait_and_is_not_remembered() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    begun, go = threading.Event(), threading.Event()

    def fail(jobs: list[str]) -> list[str]:
        begun.set()
        assert go.wait(10)
        raise RuntimeError("no model")

    def join(jobs: list[str]) -> list[str]:
        # Own work begins when it is settled what is left to others.
        go.set()
        return jobs

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(flights.run, {KEYS[0]: "a"}, fail)
        assert begun.wait(10)
        second = pool.submit(flights.run, {KEYS[1]: "b", KEYS[0]: "a"}, join)
        for waiting in (first, second):
            with pytest.raises(RuntimeError, match="no model"):
                waiting.result(10)
    assert flights.run({KEYS[0]: "a"}, list) == {KEYS[0]: "a"}


def test_where_there_is_nothing_to_do_nothing_is_begun() -> None:
    flights: SingleFlight[str, str] = SingleFlight()

    def never(jobs: list[str]) -> list[str]:
        raise AssertionError("there is no job")

    assert flights.run({}, never) == {}
