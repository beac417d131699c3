"""`modsvc serve`: the HTTP application on uvicorn, with the service's own logs."""

import ssl
from pathlib import Path

import uvicorn

from modsvc.app import create_app
from modsvc.settings import Settings
from modsvc.telemetry import configure_logging


def serve(settings: Settings) -> None:
    """Load the model, bind, and serve until interrupted.

    Raises ArtifactError, PolicyError, StoreError, or OSError for a certificate that cannot be
    used, before anything is bound.
    """
    configure_logging(settings.log_level)
    check_certificate(settings.tls_certificate, settings.tls_key)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        # Requests are logged by modsvc.api.middleware, which leaves out path and query.
        access_log=False,
        log_config=None,
        server_header=False,
    )


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
