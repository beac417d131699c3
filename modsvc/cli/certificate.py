"""TLS by file: whether a certificate and its key can be used, said before anything is loaded."""

import ssl
from pathlib import Path


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
