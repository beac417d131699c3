"""Running the application in tests: in process, or behind a real socket."""

import asyncio
import atexit
import functools
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.routing import BaseRoute

from modsvc.settings import Settings
from modsvc.store import api_keys
from modsvc.store.database import Database
from modsvc.store.events import SYSTEM
from modsvc.store.schema import prepare


def make_settings(model: Path, **changes: Any) -> Settings:
    """Settings for a test: the given model, one thread, an empty database of its own."""
    return Settings(
        **{
            "model_dir": model,
            "threads": 1,
            "port": 0,
            "data_dir": fresh_data_dir(),
            # A machine that is busy with other tests refuses nobody.
            "max_wait_s": 600,
            **changes,
        }
    )


def fresh_data_dir() -> Path:
    """A data folder whose database is set up and empty; gone when the tests end."""
    folder = _temporary() / "data"
    shutil.copytree(_prepared(), folder)
    return folder


@functools.cache
def _prepared() -> Path:
    folder = _temporary()
    database = Database.open(folder)
    prepare(database)
    database.close()
    return folder


def _temporary() -> Path:
    folder = tempfile.mkdtemp(prefix="modsvc-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def make_key(app: FastAPI, *scopes: str, **options: Any) -> dict[str, str]:
    """The header of a new key with these scopes; to judge and to post, unless told."""
    with app.state.service.database.transaction() as session:
        made = api_keys.add(session, "test", scopes or ("score", "ingest"), actor=SYSTEM, **options)
    return {"Authorization": f"Bearer {made.token}"}


def routes_of(app: FastAPI) -> Iterator[BaseRoute]:
    """Every route of an application, those of its routers too."""
    for route in app.routes:
        router = getattr(route, "original_router", None)
        yield from [route] if router is None else router.routes


@asynccontextmanager
async def in_process(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that calls `app` without a socket, between its start and its stop."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


@contextmanager
def on_socket(app: Any, port: int = 0, http: Any = "httptools", **more: Any) -> Iterator[str]:
    """The base URL of `app` behind uvicorn on the loopback address, on a free port by default."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http=http,
        ws="none",
        log_config=None,
        access_log=False,
        **more,
    )
    server = uvicorn.Server(config)

    def run() -> None:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(server.serve())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        give_up = time.monotonic() + 60
        while not server.started:
            if time.monotonic() > give_up or not thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{bound}"
    finally:
        server.should_exit = True
        thread.join()
