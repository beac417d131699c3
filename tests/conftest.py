"""Fixtures shared by every package's tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny_artifact import build_tiny_artifact

# pytest-xdist gives its workers a width, which consoles made on import would keep for good.
os.environ.pop("COLUMNS", None)

# The first example may load tables, and the machine may be busy: speed is for the bench.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = [
    "tests.brokers",
    "tests.browsers",
    "tests.databases",
    "tests.desk.openid",
    "tests.redis_server",
]


@pytest.fixture(scope="session")
def tiny_artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete model folder (see `tests.tiny_artifact`); copy it before changing it."""
    return build_tiny_artifact(tmp_path_factory.mktemp("models") / "tiny")
