"""Many callers at once: everyone gets an answer or an error, and in time."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from modsvc.engine.batching import Batcher
from modsvc.errors import (
    DeadlineExceeded,
    EngineFailure,
    InputError,
    InputTooLarge,
    Overloaded,
)
from modsvc.labels import CATEGORIES
from modsvc.types import Content, Language, Score


class FakeEngine:
    """Scores a text by its length; can be held at a gate, and told to fail."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.batches: list[list[str]] = []

    def score(self, contents: Sequence[Content]) -> list[Score]:
        self.batches.append([content.text for content in contents])
        self.entered.set()
        if not self.gate.wait(60):
            raise TimeoutError("the test never opened the gate")
        if any(content.text == "crash" for content in contents):
            raise RuntimeError("crash: a message that quotes the text")
        return [a_score(len(content.text)) for content in contents]

    @property
    def scored(self) -> list[str]:
        return [text for batch in self.batches for text in batch]


def a_score(length: int) -> Score:
    categories = dict.fromkeys(CATEGORIES, 0.0)
    language = Language("en", 1.0, "detected")
    return Score(length / 10_000, categories, 0.0, language, True, False, 1, None, "m1")


@asynccontextmanager
async def running(engine: FakeEngine, **options: Any) -> AsyncIterator[Batcher]:
    limits = {"max_queue": 1000, "token_budget": 256, "workers": 1, "max_wait_s": 600, **options}
    batcher = Batcher(engine, **limits)
    batcher.start()
    try:
        yield batcher
    finally:
        engine.gate.set()
        await asyncio.to_thread(batcher.stop)


async def ask(batcher: Batcher, *texts: str, deadline_s: float = 60) -> list[Score]:
    return await batcher.score([Content(text) for text in texts], deadline_s=deadline_s)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def busy(batcher: Batcher, engine: FakeEngine) -> AsyncIterator[asyncio.Task[list[Score]]]:
    """The only worker is inside the engine and stays there; opens the gate on leaving."""
    engine.gate.clear()
    engine.entered.clear()
    first = asyncio.create_task(ask(batcher, "first"))
    await until(engine.entered.is_set)
    try:
        yield first
    finally:
        engine.gate.set()


async def test_everyone_gets_the_answer_to_their_own_text() -> None:
    async with running(FakeEngine(), workers=2, max_queue=3000) as batcher:
        answers = await asyncio.gather(*(ask(batcher, "x" * n) for n in range(1, 1001)))

    assert [one.probability for [one] in answers] == [n / 10_000 for n in range(1, 1001)]


async def test_a_call_with_many_texts_keeps_their_order_over_many_batches() -> None:
    engine = FakeEngine()
    async with running(engine, token_budget=20) as batcher:
        scores = await ask(batcher, *("y" * n for n in range(1, 50)))

    assert [one.probability for one in scores] == [n / 10_000 for n in range(1, 50)]
    assert len(engine.batches) > 10


async def test_what_queued_up_meanwhile_is_one_batch_of_the_token_budget() -> None:
    engine = FakeEngine()
    async with running(engine, token_budget=100) as batcher:
        async with busy(batcher, engine):
            rest = [asyncio.create_task(ask(batcher, "z" * 54)) for _ in range(10)]
            await until(lambda: batcher.queue_depth == 10)
        await asyncio.gather(*rest)

    assert [len(batch) for batch in engine.batches] == [1, 5, 5]


async def test_a_text_over_the_budget_runs_alone_rather_than_never() -> None:
    engine = FakeEngine()
    async with running(engine, token_budget=10) as batcher:
        [score] = await ask(batcher, "long " * 100)

    assert score.probability == 0.05
    assert [len(batch) for batch in engine.batches] == [1]


async def test_idle_workers_share_the_batches_of_one_call() -> None:
    together = threading.Barrier(2)

    class Both(FakeEngine):
        def score(self, contents: Sequence[Content]) -> list[Score]:
            together.wait(60)
            return super().score(contents)

    async with running(Both(), workers=2, token_budget=20) as batcher:
        # From the second call on the workers are idle for sure, each having had a batch before.
        for _ in range(5):
            assert len(await ask(batcher, "y" * 54, "z" * 54)) == 2


async def test_an_idle_batcher_does_not_wait_for_company() -> None:
    async with running(FakeEngine()) as batcher:
        await ask(batcher, "warm")
        took = []
        for _ in range(50):
            started = time.perf_counter()
            await ask(batcher, "alone")
            took.append(time.perf_counter() - started)

    # A machine that is busy with other tests is slow now and then; waiting for company is always.
    assert min(took) < 0.02


async def test_a_full_queue_says_when_to_try_again() -> None:
    engine = FakeEngine()
    async with running(engine, max_queue=3) as batcher:
        async with busy(batcher, engine):
            waiting = asyncio.create_task(ask(batcher, "a", "b", "c"))
            await until(lambda: batcher.queue_depth == 3)
            with pytest.raises(Overloaded) as refused:
                await ask(batcher, "one too many")
        await waiting

        assert refused.value.retry_after_s > 0
        assert "one too many" not in str(refused.value)
        assert len(await ask(batcher, "there is room again")) == 1


async def test_the_wait_is_estimated_from_the_measured_rate() -> None:
    engine = FakeEngine()
    async with running(engine, max_queue=4, token_budget=1000) as batcher:
        started = time.perf_counter()
        async with busy(batcher, engine) as first:
            await asyncio.sleep(0.2)
        await first
        took = time.perf_counter() - started
        async with busy(batcher, engine):
            waiting = asyncio.create_task(ask(batcher, *["w" * 3] * 4))
            await until(lambda: batcher.queue_depth == 4)
            with pytest.raises(Overloaded) as refused:
                await ask(batcher, "v")
        await waiting

    # One text took 0.2 s or more, four are waiting.
    assert 0.7 < refused.value.retry_after_s < 4 * took


async def test_who_would_wait_too_long_is_refused_although_there_is_room() -> None:
    engine = FakeEngine()
    async with running(engine, max_wait_s=0.1) as batcher:
        async with busy(batcher, engine) as first:
            await asyncio.sleep(0.2)
        await first
        async with busy(batcher, engine):
            waiting = asyncio.create_task(ask(batcher, "next"))
            await until(lambda: batcher.queue_depth == 1)
            with pytest.raises(Overloaded):
                await ask(batcher, "one too many")
        await waiting


async def test_more_texts_than_the_queue_holds_can_never_be_taken() -> None:
    async with running(FakeEngine(), max_queue=3) as batcher:
        with pytest.raises(InputTooLarge, match="at most 3"):
            await ask(batcher, *"abcd")


async def test_a_caller_is_told_at_the_deadline_and_the_text_is_not_scored() -> None:
    engine = FakeEngine()
    async with running(engine) as batcher:
        async with busy(batcher, engine) as first:
            started = time.perf_counter()
            with pytest.raises(DeadlineExceeded):
                await ask(batcher, "late", deadline_s=0.05)
            # And not when the worker has ended, which it does after a minute.
            assert time.perf_counter() - started < 30
            assert batcher.queue_depth == 0
        await first

    assert engine.scored == ["first"]


async def test_a_deadline_also_ends_a_run_that_hangs() -> None:
    engine = FakeEngine()
    async with running(engine) as batcher:
        engine.gate.clear()
        with pytest.raises(DeadlineExceeded):
            await ask(batcher, "hangs", deadline_s=0.05)


async def test_a_caller_who_has_gone_is_not_scored_and_frees_the_place() -> None:
    engine = FakeEngine()
    async with running(engine, max_queue=1) as batcher:
        async with busy(batcher, engine) as first:
            gone = asyncio.create_task(ask(batcher, "gone"))
            await until(lambda: batcher.queue_depth == 1)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            stays = asyncio.create_task(ask(batcher, "stays"))
            await until(lambda: batcher.queue_depth == 1)
        await asyncio.gather(first, stays)

    assert gone.cancelled()
    assert engine.scored == ["first", "stays"]


async def test_a_crash_fails_its_batch_only(caplog: pytest.LogCaptureFixture) -> None:
    engine = FakeEngine()
    async with running(engine) as batcher:
        async with busy(batcher, engine) as first:
            together = [asyncio.create_task(ask(batcher, text)) for text in ("crash", "bystander")]
            await until(lambda: batcher.queue_depth == 2)
        failed = await asyncio.gather(*together, return_exceptions=True)
        after = await ask(batcher, "after")

        assert len(await first) == 1
    assert [type(one) for one in failed] == [EngineFailure, EngineFailure]
    assert len(after) == 1
    assert "engine_failed" in caplog.text
    assert "quotes the text" not in caplog.text + str(failed)


async def test_a_call_split_over_batches_fails_whole_and_drops_its_rest() -> None:
    engine = FakeEngine()
    async with running(engine, token_budget=3) as batcher:
        with pytest.raises(EngineFailure):
            await ask(batcher, "crash", *["rest"] * 500)
        await until(lambda: batcher.queue_depth == 0)
        assert len(await ask(batcher, "next")) == 1

    assert len(engine.scored) < 500


async def test_stopping_answers_those_who_wait_and_refuses_newcomers() -> None:
    engine = FakeEngine()
    async with running(engine, token_budget=5) as batcher:
        async with busy(batcher, engine) as first:
            waiting = [asyncio.create_task(ask(batcher, "waits")) for _ in range(20)]
            await until(lambda: batcher.queue_depth == 20)
            stopping = asyncio.create_task(asyncio.to_thread(batcher.stop))
            await until(lambda: not batcher._queue._is_open)
            with pytest.raises(EngineFailure, match="stopping"):
                await ask(batcher, "newcomer")
        answers = await asyncio.gather(first, *waiting)
        await stopping

    assert [len(answer) for answer in answers] == [1] * 21
    assert "newcomer" not in engine.scored


async def test_before_the_start_calls_are_refused_not_left_waiting() -> None:
    batcher = Batcher(FakeEngine(), max_queue=1, token_budget=1, workers=1, max_wait_s=600)

    with pytest.raises(EngineFailure, match="not yet started"):
        await ask(batcher, "early")


async def test_a_bad_language_tag_is_its_callers_error_alone() -> None:
    engine = FakeEngine()
    async with running(engine) as batcher:
        with pytest.raises(InputError, match="BCP-47"):
            await batcher.score([Content("hi", language="no such tag")], deadline_s=1)

    assert engine.scored == []


async def test_no_contents_need_no_queue() -> None:
    async with running(FakeEngine(), max_queue=0) as batcher:
        assert await ask(batcher) == []


async def test_batches_are_reported() -> None:
    seen: list[tuple[int, float]] = []
    async with running(FakeEngine(), on_batch=lambda n, s: seen.append((n, s))) as batcher:
        await ask(batcher, "a", "b", "c")

    assert [count for count, _ in seen] == [3]
    assert all(seconds >= 0 for _, seconds in seen)


async def test_a_listener_that_fails_costs_no_worker(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_count: int, _seconds: float) -> None:
        raise ValueError("the listener is broken")

    async with running(FakeEngine(), on_batch=fail) as batcher:
        await ask(batcher, "one")
        assert len(await ask(batcher, "two")) == 1

    assert "on_batch_failed" in caplog.text


def test_a_loop_that_has_closed_does_not_stop_the_worker() -> None:
    engine = FakeEngine()
    batcher = Batcher(engine, max_queue=10, token_budget=100, workers=1, max_wait_s=600)
    batcher.start()
    engine.gate.clear()

    async def leave() -> None:
        task = asyncio.create_task(ask(batcher, "left behind"))
        await until(engine.entered.is_set)
        task.cancel()

    asyncio.run(leave())
    engine.gate.set()
    assert len(asyncio.run(ask(batcher, "on a new loop"))) == 1
    batcher.stop()
