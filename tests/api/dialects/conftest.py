"""A service that needs keys, and one of its keys."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.store import api_keys
from modsvc.store.events import SYSTEM
from tests.api.serving import make_settings, on_socket


class Closed(NamedTuple):
    """A service at a URL that lets in who has `key`; `other` is a key for something else."""

    app: FastAPI
    url: str
    key: str
    other: str


@pytest.fixture(scope="module")
def closed(tiny_artifact: Path) -> Iterator[Closed]:
    app = create_app(make_settings(tiny_artifact))
    with app.state.service.database.transaction() as session:
        key, other = (
            api_keys.add(session, scope, [scope], actor=SYSTEM).token
            for scope in ("score", "ingest")
        )
    with on_socket(app) as url:
        yield Closed(app, url, key, other)
