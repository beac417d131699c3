"""Registries in a folder and in a bucket, and models to put into them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from uuid import uuid4

import boto3
import pytest

from modsvc.registry.storage import Storage
from tests.registry.bucket import BUCKET, BucketServer
from tests.rollout.models import variant


@pytest.fixture(scope="session")
def bucket_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketServer]:
    """One server for all tests, with an empty bucket."""
    server = BucketServer(tmp_path_factory.mktemp("moto"))
    server.start()
    try:
        with pytest.MonkeyPatch.context() as patched:
            server.use(patched)
            boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["folder", "bucket"])
def url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where an empty registry is."""
    kind: Literal["folder", "bucket"] = request.param
    if kind == "folder":
        return str(tmp_path / "registry")
    server: BucketServer = request.getfixturevalue("bucket_server")
    server.use(monkeypatch)
    return f"s3://{BUCKET}/{uuid4().hex}"


@pytest.fixture
def storage(url: str) -> Storage:
    """An empty registry."""
    return Storage(url)


@pytest.fixture
def models(tiny_artifact: Path, tmp_path: Path) -> Path:
    """A folder of three models: `one`, `two` and `three`."""
    for number, name in enumerate(("one", "two", "three")):
        variant(tiny_artifact, tmp_path / "packed" / name, f"tiny-{name}", shift=number / 10)
    return tmp_path / "packed"
