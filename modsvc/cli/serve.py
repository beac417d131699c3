"""`modsvc serve`: the HTTP application on uvicorn, with the service's own logs."""

import logging
import resource
import ssl
from pathlib import Path
from typing import Final

import uvicorn

from modsvc.app import create_app
from modsvc.cli.connections import Limits, limited
from modsvc.cli.reloading import reload_on_hangup
from modsvc.cli.stopping import Server
from modsvc.rollout.memory import give_back
from modsvc.settings import Settings
from modsvc.telemetry import Metrics, configure_logging

logger = logging.getLogger(__name__)

#: Open files that are not connections of clients: database, webhooks, libraries.
_OTHER_FILES: Final = 256


def serve(settings: Settings) -> None:
    """Load the model, bind, and serve until a signal ends it.

    Raises ArtifactError, PolicyError, StoreError, or OSError for a certificate that cannot be
    used, before anything is bound; OSError where it cannot be bound.
    """
    configure_logging(settings.log_level)
    check_certificate(settings.tls_certificate, settings.tls_key)
    app = create_app(settings)
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


def check_certificate(certificate: Path | None, key: Path | None) -> None:
    """Raise OSError, which says what to do, unless these files are a pair, or there are none."""
    if certificate is None:
        return
    try:
        # Without a password here, one would be asked for at the terminal.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key, password=lambda: "")
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        raise OSError(
            f"Cannot use the certificate {certificate} with the key {key} ({reason}): "
            "MODSVC_TLS_CERTIFICATE is a PEM file of the certificate and those that vouch for it, "
            "MODSVC_TLS_KEY one of its private key, without a password, and both readable."
        ) from error
