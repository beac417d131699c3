"""A desk with people, over a socket or in process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from modsvc.api.deps import Service
from modsvc.app import create_app
from modsvc.review import accounts, passwords
from modsvc.review.words import ROLES
from tests.api.serving import in_process, make_settings
from tests.databases import SECRET

PASSWORD = "a long enough password"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Made once: it takes its time on purpose."""
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings of a test's own: nothing is drawn by chance, unless it says so."""
    return {}


@pytest.fixture
def app(
    tiny_artifact: Path, database_url: str, password_hash: str, changes: dict[str, Any]
) -> Iterator[FastAPI]:
    """A service with one account a role, each named after it, on a database of each kind."""
    chances = {"second_review_share": 0.0, "golden_share": 0.0}
    settings = make_settings(
        tiny_artifact, **{"database_url": database_url, "secret_key": SECRET, **chances, **changes}
    )
    made = create_app(settings)
    service: Service = made.state.service
    with service.database.transaction() as session:
        for role in ROLES:
            accounts.create(session, role, password_hash, role, actor="operator")
    yield made
    service.database.close()


@pytest.fixture
async def platform(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The platform that sends texts; the service runs as long as this is open."""
    async with in_process(app) as client:
        yield client
