"""The HTTP application: one service, its routes, and what happens around them.

In: settings. Out: an ASGI application that has loaded its model and opened its database; its
lifespan starts and drains the batcher, the writer and the work in the background. What each
route does is in the file of its name; the pages are an application of their own below it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from modsvc import __version__
from modsvc.api import (
    appeals,
    authors,
    content,
    cors,
    document,
    errors,
    health,
    metrics,
    model,
    policy,
    score,
    webhooks,
)
from modsvc.api.background import working
from modsvc.api.deps import Service
from modsvc.api.dialects import routers as dialects
from modsvc.api.gone import DropGone, path_of
from modsvc.api.middleware import BodyLimit, Observed
from modsvc.desk.app import PREFIX, create_desk
from modsvc.settings import Settings
from modsvc.telemetry import Metrics

_DESCRIPTION = """\
Scores texts for gender-based hate speech, says what the policy makes of each score, and keeps
what is to be reviewed. Errors are RFC 9457 problem details. Texts are never logged.
"""


def create_app(settings: Settings) -> FastAPI:
    """Load the model, open the database and build the application.

    Raises ArtifactError, PolicyError or StoreError when one of them cannot be used.
    """
    measured = Metrics()
    service = Service.open(settings, measured)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with working(service):
            app.state.readiness = health.Readiness(service.pipeline, settings.canary_interval_s)
            yield

    app = FastAPI(
        title="modsvc",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.service = service
    # In the order in which paths are looked up, those that are asked most often first.
    for router in (score.router, *dialects.ROUTERS):
        app.include_router(router)
    for part in (content, authors, appeals, policy, model, webhooks, health, metrics):
        app.include_router(part.router)
    document.install(app, settings)
    errors.install(app)
    app.add_route(PREFIX, _to_the_desk, include_in_schema=False)
    app.mount(PREFIX, create_desk(service))
    # The last one added is the outermost.
    droppable = (score.router, *dialects.ROUTERS, content.router)
    app.add_middleware(
        DropGone, paths={path_of(route) for router in droppable for route in router.routes}
    )
    cors.install(app, settings.cors_origins)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Observed, metrics=measured.requests)
    return app


async def _to_the_desk(request: Request) -> Response:
    """People leave the last stroke out."""
    return RedirectResponse(f"{PREFIX}/")
