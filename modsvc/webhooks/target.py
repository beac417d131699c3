"""Where a webhook may point: at the public internet, not into our own network.

In: a URL. Out: the host's numeric addresses, each of which was checked, so that the connection
goes to what was checked and not to what the name means a moment later. With `allow_private`
(`MODSVC_WEBHOOK_ALLOW_PRIVATE`) any address and plain http are good.
"""

import ipaddress
import socket
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from modsvc.errors import InputError

MAX_URL_CHARS: Final = 2048

_PORTS: Final = {"http": 80, "https": 443}

#: Prefixes under which an IPv6 address carries an IPv4 one, and the bits that follow that.
_CARRIERS: Final = (
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)


class Target(NamedTuple):
    """A checked URL: `authority` is for the `Host` header, `path` has the query."""

    tls: bool
    host: str
    port: int
    authority: str
    path: str
    addresses: tuple[str, ...]


def check_url(url: str, *, allow_private: bool) -> None:
    """Raise InputError unless `url` has the form of a webhook's."""
    _split(url, allow_private=allow_private)


def resolve(url: str, *, allow_private: bool) -> Target:
    """Look the host up. Raises InputError for one that must not be called, OSError."""
    parts = _split(url, allow_private=allow_private)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    # One private address among public ones is as good as none but private ones.
    if not allow_private and not all(map(is_public, addresses)):
        raise InputError(
            "The webhook's host is in a private network: use a public one, or set "
            "MODSVC_WEBHOOK_ALLOW_PRIVATE."
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, parts.netloc, path, addresses)


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet's."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return is_public(str(parsed.ipv4_mapped))
        for network, shift in _CARRIERS:
            if parsed in network:
                carried = ipaddress.IPv4Address(int(parsed) >> shift & 0xFFFFFFFF)
                return is_public(str(carried))
    return parsed.is_global and not parsed.is_multicast


def _split(url: str, *, allow_private: bool) -> SplitResult:
    schemes = ("https", "http") if allow_private else ("https",)
    try:
        parts = urlsplit(url)
        known = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable():
        raise InputError(
            f"A webhook's url is {' or '.join(f'{scheme}://host/path' for scheme in schemes)}, "
            f"in ASCII, with at most {MAX_URL_CHARS} characters."
        )
    if parts.username is not None or parts.fragment or " " in url:
        raise InputError("A webhook's url has neither user, password, fragment nor spaces.")
    return parts
