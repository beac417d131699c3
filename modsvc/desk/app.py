"""The pages as one application, to be mounted below `PREFIX`.

In: the running service. Out: an ASGI application with the pages of every module beside this one,
its own errors (pages, not problems), and headers that keep other people's scripts out.
"""

from importlib import resources
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from modsvc.api.deps import Service
from modsvc.desk import (
    appeals,
    dashboard,
    errors,
    evidence,
    exports,
    guides,
    items,
    keys,
    oidc,
    people,
    policies,
    policy_backtest,
    policy_editor,
    profile,
    quality,
    queue,
    records,
    resolving,
    routes,
    sign_in,
    webhooks,
)
from modsvc.desk.guard import PREFIX
from modsvc.desk.headers import Guarded

__all__ = ["PREFIX", "create_desk"]

#: Every module with pages; `records` has a path for any id, so its neighbours come before it.
PARTS: Final = (
    sign_in,
    oidc,
    queue,
    items,
    resolving,
    appeals,
    dashboard,
    quality,
    people,
    evidence,
    exports,
    records,
    routes,
    policies,
    policy_editor,
    policy_backtest,
    webhooks,
    keys,
    profile,
    guides,
)


def create_desk(service: Service) -> FastAPI:
    """The desk of a service. Raises InputError when the libraries for its provider are missing."""
    desk = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    desk.state.service = service
    for part in PARTS:
        desk.include_router(part.router)
    folder = Path(str(resources.files("modsvc.desk").joinpath("static")))
    desk.mount("/static", StaticFiles(directory=folder))
    errors.install(desk)
    oidc.install(desk, service)
    desk.add_middleware(Guarded)
    return desk
