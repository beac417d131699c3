"""Both clients, so that every test is one of both."""

import asyncio
import functools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from modsvc.client import AsyncClient, Client
from modsvc.client.connection import API_KEY


class Connect(Protocol):
    """Makes a client of the kind that the test is run with; it is closed in the end."""

    def __call__(self, url: str, api_key: str | None = None, **options: Any) -> Client: ...


class Blocking:
    """An `AsyncClient` with the manners of a `Client`: each call is awaited at once."""

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        @functools.wraps(method)
        def call(*arguments: Any, **options: Any) -> Any:
            return self._runner.run(method(*arguments, **options))

        return call


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    monkeypatch.delenv(API_KEY, raising=False)
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner()) if request.param == "async" else None

        def make(url: str, api_key: str | None = None, **options: Any) -> Any:
            if runner is None:
                return stack.enter_context(Client(url, api_key, **options))
            blocking = Blocking(AsyncClient(url, api_key, **options), runner)
            stack.callback(blocking.aclose)
            return blocking

        yield make
