"""The HTTP application: one service, its routes, and what happens around them.

In: settings. Out: an ASGI application that has loaded its model; its lifespan starts and
drains the batcher. What each route does is in the file of its name.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from modsvc import __version__
from modsvc.api import errors, health, metrics, openapi, score
from modsvc.api.deps import Service
from modsvc.api.middleware import BodyLimit, Observed
from modsvc.pipeline import Pipeline
from modsvc.settings import Settings
from modsvc.telemetry import Metrics

_DESCRIPTION = """\
Scores texts for gender-based hate speech and says what the policy makes of each score.
Errors are RFC 9457 problem details. Texts are neither stored nor logged.
"""


def create_app(settings: Settings) -> FastAPI:
    """Load model and policy and build the application.

    Raises ArtifactError or PolicyError when either cannot be used.
    """
    measured = Metrics()
    pipeline = Pipeline.load(settings, on_batch=measured.batch)
    measured.watch_queue(lambda: pipeline.queue_depth)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await pipeline.start()
        app.state.readiness = health.Readiness(pipeline, settings.canary_interval_s)
        yield
        await pipeline.stop()

    app = FastAPI(
        title="modsvc",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.service = Service(settings=settings, pipeline=pipeline, metrics=measured)
    for router in (score.router, health.router, metrics.router):
        app.include_router(router)
    openapi.install(app)
    errors.install(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(Observed, metrics=measured)
    return app
