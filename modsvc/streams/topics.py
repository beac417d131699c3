"""Which topics of which broker, by the settings or the command line.

In: settings. Out: `Topics`, and a `Place` for the URL: what kind of broker, where, and how to sign
in. Raises InputError, which says what to set. Nothing in here connects.
"""

from typing import Final, Literal, NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from modsvc.errors import InputError
from modsvc.settings import Settings

Kind = Literal["nats", "kafka"]
Mechanism = Literal["plain", "scram-sha-256", "scram-sha-512"]

_NATS: Final = ("nats", "tls")
_KAFKA: Final = ("kafka", "kafka+tls")
_MECHANISMS: Final[tuple[Mechanism, ...]] = ("plain", "scram-sha-256", "scram-sha-512")


class Topics(NamedTuple):
    """Where texts come from, where decisions go, and where what is none of both is put."""

    texts: str
    decisions: str
    dead: str
    group: str


class Place(NamedTuple):
    """A broker. `servers` are URLs for NATS, and host:port for Kafka; not to be printed."""

    kind: Kind
    servers: tuple[str, ...]
    user: str | None = None
    password: str | None = None
    tls: bool = False
    mechanism: Mechanism = "scram-sha-512"


def topics_of(settings: Settings) -> Topics:
    """The topics that the settings name. Raises InputError."""
    texts, decisions = settings.stream_in, settings.stream_out
    if texts is None or decisions is None:
        raise InputError(
            "Name the topic of the texts and the one for the decisions: --in and --out, or "
            "MODSVC_STREAM_IN and MODSVC_STREAM_OUT."
        )
    dead = settings.stream_dead or f"{texts}.dead"
    if len({texts, decisions, dead}) < 3:
        raise InputError(
            "The topics of texts, of decisions and of dead messages must be three: what is "
            "published would be read as a text again."
        )
    return Topics(texts, decisions, dead, settings.stream_group)


def place_of(settings: Settings) -> Place:
    """The broker that the settings name. Raises InputError, which repeats nothing of the URL."""
    if settings.stream_broker is None:
        raise InputError(
            "Name the broker: --broker, or MODSVC_STREAM_BROKER where its URL has a password."
        )
    urls = settings.stream_broker.get_secret_value().replace(",", " ").split()
    if not urls:
        raise _wrong()
    # kafka://one:9092,two:9092 is how Kafka's own tools write several.
    scheme = urls[0].partition("://")[0]
    parts = [_split(url if "://" in url else f"{scheme}://{url}") for url in urls]
    if any(part.scheme != scheme for part in parts):
        raise _wrong()
    if scheme in _NATS:
        return Place("nats", tuple(part.geturl() for part in parts), tls=scheme == "tls")
    if scheme in _KAFKA:
        return _kafka(parts, scheme)
    raise _wrong()


def _kafka(parts: list[SplitResult], scheme: str) -> Place:
    servers = tuple(f"{_host(part)}:{part.port or 9092}" for part in parts)
    asked = parse_qs(parts[-1].query).get("mechanism", ["scram-sha-512"])[-1]
    mechanism = next((one for one in _MECHANISMS if one == asked), None)
    if mechanism is None:
        raise InputError(f"A Kafka broker's mechanism is one of {', '.join(_MECHANISMS)}.")
    user, password = parts[0].username, parts[0].password
    if (user is None) != (password is None):
        raise InputError("A Kafka broker's URL has a user and a password, or neither.")
    return Place(
        "kafka",
        servers,
        None if user is None else unquote(user),
        None if password is None else unquote(password),
        scheme == "kafka+tls",
        mechanism,
    )


def _host(part: SplitResult) -> str:
    """The host, an address of IPv6 in its brackets."""
    return f"[{part.hostname}]" if ":" in (part.hostname or "") else f"{part.hostname}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.hostname and (parts.port is None or parts.port)
    except ValueError as error:
        raise _wrong() from error
    if not known:
        raise _wrong()
    return parts


def _wrong() -> InputError:
    return InputError(
        "The broker's URL is not one: write nats://host:4222, tls://host:4222, kafka://host:9092 "
        "or kafka+tls://user:password@host:9092, several hosts with commas between."
    )
