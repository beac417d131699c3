"""What lives long is not searched for garbage again and again, and what goes is still found."""

import gc
import weakref
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from modsvc.rollout.memory import give_back
from tests.rollout.test_shadow import begin
from tests.rollout.test_swaps import URL, service_of


class Model:
    """It knows itself, as models do."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


async def test_a_candidate_lives_long_and_is_gone_when_it_has_to_go(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    await begin(client)
    shadow = service_of(app).shadow
    assert shadow.at_work is not None
    there = weakref.ref(shadow.at_work)
    assert not any(one is there() for one in gc.get_objects())
    assert (await client.post(URL, json={"shadow": None})).status_code == 200
    assert there() is None


def test_what_lives_long_is_left_alone_until_something_goes() -> None:
    model = Model()
    there = weakref.ref(model)
    give_back()
    assert gc.get_freeze_count() > 1000
    del model
    gc.collect()
    assert there() is not None
    give_back()
    assert there() is None
