"""`modsvc serve`: the HTTP application on uvicorn, with the service's own logs."""

import uvicorn

from modsvc.app import create_app
from modsvc.settings import Settings
from modsvc.telemetry import configure_logging


def serve(settings: Settings) -> None:
    """Load the model, bind, and serve until interrupted.

    Raises ArtifactError or PolicyError before anything is bound.
    """
    configure_logging(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        # Requests are logged by modsvc.api.middleware, which leaves out path and query.
        access_log=False,
        log_config=None,
        server_header=False,
    )
