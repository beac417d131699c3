"""One service on a real socket for all the API's tests."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from modsvc.app import create_app
from tests.api.serving import make_settings, on_socket


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
