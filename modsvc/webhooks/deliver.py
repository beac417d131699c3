"""One attempt to deliver one message.

In: a `Delivery`. Out: nothing, or DeliveryFailed, which says why in a few words. The request
is signed, goes to an address that was checked, follows no redirect, and any 2xx settles it.
When to try again is left to `modsvc.webhooks.courier`.
"""

import functools
import http.client
import json
import socket
import ssl
import time
from typing import Final

from modsvc import __version__
from modsvc.errors import InputError
from modsvc.store.outbox import Delivery
from modsvc.webhooks.signature import HEADER, sign
from modsvc.webhooks.target import Target, resolve

#: For each of: connecting, sending, waiting for the answer's head.
TIMEOUT_S: Final = 10.0


class DeliveryFailed(Exception):
    """An attempt failed; the message is for the webhook's owner."""


def deliver(delivery: Delivery, *, allow_private: bool) -> None:
    """Send one message. Raises DeliveryFailed."""
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"modsvc/{__version__}",
        "Modsvc-Event": delivery.kind,
        "Modsvc-Delivery": delivery.id,
        "Modsvc-Attempt": str(delivery.attempt),
        HEADER: sign(delivery.secret, body, int(time.time())),
    }
    try:
        target = resolve(delivery.url, allow_private=allow_private)
        status = _post(target, body, headers)
    except InputError as error:
        raise DeliveryFailed(str(error)) from error
    # ValueError: a name that no resolver takes.
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DeliveryFailed(type(error).__name__) from error
    if not 200 <= status < 300:
        raise DeliveryFailed(f"HTTP {status}")


def _post(target: Target, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_S)
    # The checked address, not the name, which may mean another one by now.
    connection.sock = _connect(target)
    try:
        connection.request("POST", target.path, body, {"Host": target.authority, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def _connect(target: Target) -> socket.socket:
    plain = _first_that_answers(target)
    if not target.tls:
        return plain
    try:
        return _tls().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


@functools.cache
def _tls() -> ssl.SSLContext:
    # Reading the certificates of all authorities takes longer than a request.
    return ssl.create_default_context()


def _first_that_answers(target: Target) -> socket.socket:
    refused = OSError("the host has no address")
    for address in target.addresses:
        try:
            return socket.create_connection((address, target.port), timeout=TIMEOUT_S)
        except OSError as error:
            refused = error
    raise refused
