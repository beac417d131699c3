"""One service on a real socket for all the API's tests, and an engine that can be held up."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from modsvc.app import create_app
from modsvc.engine.engine import Engine
from modsvc.types import Content, Score
from tests.api.serving import make_settings, on_socket


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked up however long it takes on a machine that is busy with other tests."""
    monkeypatch.setattr("modsvc.api.security._SOON_S", 60.0)


@pytest.fixture(scope="session")
def base_url(tiny_artifact: Path) -> Iterator[str]:
    """A running service with the tiny model and default limits."""
    with on_socket(create_app(make_settings(tiny_artifact))) as url:
        yield url


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[httpx.Client]:
    """A client of that service."""
    with httpx.Client(base_url=base_url, timeout=30) as client:
        yield client


class Held:
    """An engine that scores nothing until it is let go, and remembers what it scored, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.busy, self.go = threading.Event(), threading.Event()
        self.scored: list[str] = []
        real = Engine.score

        def score(engine: Engine, contents: Sequence[Content]) -> list[Score]:
            self.busy.set()
            assert self.go.wait(300)
            self.scored += [one.text for one in contents]
            return real(engine, contents)

        monkeypatch.setattr(Engine, "score", score)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Whatever scores from now on is held."""
    made = Held(monkeypatch)
    yield made
    made.go.set()
