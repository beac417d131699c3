"""A broker of each kind, with the topics that an operator made."""

import pytest

from tests.servers import Server
from tests.streams.platform import platform
from tests.streams.working import DEAD, DECISIONS, TEXTS


@pytest.fixture(params=["nats", "kafka"])
async def broker(request: pytest.FixtureRequest) -> str:
    """The URL of a broker in which nothing was published yet."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    async with platform(server.url) as topics:
        await topics.make(TEXTS, DECISIONS, DEAD)
    return server.url
