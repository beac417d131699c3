"""The HTTP application on uvicorn, with the service's own logs.

In: the application, with its model loaded. Out: a socket that answers until a signal ends it. What
is loaded, and in which order, is left to `modsvc.cli.starting`.
"""

import logging
import resource
from typing import Final

import uvicorn
from fastapi import FastAPI

from modsvc.cli.connections import Limits, limited
from modsvc.cli.reloading import reload_on_hangup
from modsvc.cli.stopping import Server
from modsvc.rollout.memory import give_back
from modsvc.settings import Settings
from modsvc.telemetry import Metrics

logger = logging.getLogger(__name__)

#: Open files that are not connections of clients: database, webhooks, libraries.
_OTHER_FILES: Final = 256


def serve(settings: Settings, app: FastAPI) -> None:
    """Bind, and serve until a signal ends it. Raises OSError where it cannot be bound."""
    metrics: Metrics = app.state.service.metrics
    limits = Limits(
        request_s=settings.request_timeout_s,
        connections=_affordable(settings.max_connections),
        on_closed=metrics.requests.connection_closed,
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        loop="uvloop",
        http=limited(limits),
        ws="none",
        lifespan="on",
        # Requests are logged by modsvc.api.middleware, which leaves out path and query.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=settings.grace_s,
    )
    server = Server(config)
    metrics.requests.watch_connections(lambda: len(server.server_state.connections))
    reload_on_hangup(app.state.service.swaps)
    give_back()
    try:
        server.run()
    except SystemExit as ended:
        raise OSError(
            f"Cannot listen on {settings.host} port {settings.port}, see the log: free it, or "
            "correct MODSVC_HOST and MODSVC_PORT."
        ) from ended


def _affordable(connections: int) -> int:
    """So many connections as there can be open files, after asking for as many as there can be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY or connections + _OTHER_FILES <= hard:
        return connections
    logger.warning("connections_limited open_files=%d wanted=%d", hard, connections)
    return max(1, hard - _OTHER_FILES)
