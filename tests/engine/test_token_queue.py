"""The queue gives out what is still wanted, oldest first."""

import asyncio
import time

import pytest

from modsvc.engine.token_queue import NO_DEADLINE, Request, TokenQueue, estimate_tokens
from modsvc.errors import EngineFailure
from modsvc.types import Content


def a_request(text: str, *, seconds: float) -> Request:
    loop = asyncio.get_running_loop()
    deadline = time.monotonic() + seconds
    return Request([Content(text)], deadline, loop, loop.create_future())


async def test_a_late_text_is_dropped_even_before_its_caller_has_noticed() -> None:
    queue = TokenQueue(max_items=10, token_budget=100)
    queue.open()
    queue.put(a_request("late", seconds=-0.01))
    queue.put(a_request("in time", seconds=60))

    batch = queue.take()

    assert [item.content.text for item in batch] == ["in time"]
    assert queue.depth == 0


async def test_who_does_not_wait_gives_way_and_takes_no_room() -> None:
    queue = TokenQueue(max_items=1, token_budget=2)
    queue.open()
    first, second = (a_request(text, seconds=NO_DEADLINE) for text in "ab")
    queue.put(first)
    queue.put(second)
    queue.put(a_request("c", seconds=60))
    assert queue.depth == 1
    assert not queue.put(a_request("d", seconds=60))

    assert [item.content.text for item in queue.take()] == ["c"]
    queue.abandon(first)
    queue.put(a_request("e", seconds=60))
    taken = [item.content.text for _ in range(2) for item in queue.take()]
    assert taken == ["e", "b"]
    queue.close()
    assert queue.take() == []
    with pytest.raises(EngineFailure, match="stopping"):
        queue.put(a_request("f", seconds=NO_DEADLINE))


async def test_a_closed_queue_gives_out_the_rest_and_then_nothing() -> None:
    queue = TokenQueue(max_items=10, token_budget=2)
    queue.open()
    queue.put(a_request("a", seconds=60))
    queue.put(a_request("b", seconds=60))
    queue.close()

    assert [len(queue.take()) for _ in range(3)] == [1, 1, 0]


def test_the_cost_grows_with_the_text_up_to_what_is_read() -> None:
    assert estimate_tokens("") == 2
    assert estimate_tokens("a" * 300) == 102
    assert estimate_tokens("a" * 10**6) == 32 * 128
