"""The service behind Ray Serve: replicas on the machines of a cluster, and one door.

In: how many replicas, of how many cores. Out: `build`, which `serve run` and `serve deploy` call. A
replica is the application that `modsvc serve` runs, with the settings of its own environment: its
model, its queue, its limits. Where a request goes is left to Ray Serve, and what replicas share to
PostgreSQL and Redis.
"""

from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, Field
from ray import serve

from modsvc.app import create_app
from modsvc.errors import InputError
from modsvc.settings import Settings, load_settings
from modsvc.telemetry import configure_logging


class Arguments(BaseModel):
    """What may stand behind `serve run modsvc.serving_ray:build`, as `name=value`.

    Between `replicas` and `most` replicas, as requests come; `cores` for each, which should be its
    `MODSVC_THREADS`.
    """

    replicas: Annotated[int, Field(ge=1)] = 1
    most: Annotated[int, Field(ge=1)] = 1
    cores: Annotated[int, Field(ge=1)] = 2


def build(arguments: Arguments) -> serve.Application:
    """The application to run.

    Raises InputError where several replicas would each keep a database of their own.
    """
    settings = load_settings()
    most = max(arguments.replicas, arguments.most)
    if most > 1 and not _is_shared(settings):
        raise InputError(
            "Several replicas need one database and one secret: set MODSVC_DATABASE_URL to "
            "PostgreSQL, and MODSVC_SECRET_KEY."
        )
    deployment = serve.deployment(
        name="modsvc",
        # A replica refuses by itself what it cannot answer in time, and says when to come again.
        max_ongoing_requests=settings.max_queue,
        ray_actor_options={"num_cpus": arguments.cores},
        autoscaling_config={
            "min_replicas": arguments.replicas,
            "max_replicas": most,
            # As many as an engine takes together; more of them wait.
            "target_ongoing_requests": settings.max_queue / 16,
        },
        graceful_shutdown_timeout_s=settings.grace_s,
    )
    return deployment(serve.ingress(_application)()).bind()


def _is_shared(settings: Settings) -> bool:
    url = settings.database_place.url
    return url is not None and url.startswith("postgresql") and settings.secret_key is not None


def _application() -> FastAPI:
    settings = load_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
