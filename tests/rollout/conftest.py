"""A folder of models, and a service that answers by the first of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from modsvc.app import create_app
from tests.api.serving import in_process, make_settings
from tests.rollout.models import variant


@pytest.fixture
def models(tiny_artifact: Path, tmp_path: Path) -> Path:
    """`one`, `two` (the same under another name) and `strict`, which flags `hello`."""
    variant(tiny_artifact, tmp_path / "one", "tiny-one")
    variant(tiny_artifact, tmp_path / "two", "tiny-two")
    variant(tiny_artifact, tmp_path / "strict", "tiny-strict", shift=6.0)
    return tmp_path


@pytest.fixture
def app(models: Path) -> FastAPI:
    """Answers by `one`."""
    return create_app(
        make_settings(models / "one", models_root=models, swap_probation_s=30, cache_size=0)
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with in_process(app) as client:
        yield client
