"""One worker: a service without HTTP, fed by a broker.

In: settings. Out: decisions, until it is told to end. In the end no more messages are taken, those
that were begun are finished within the grace time, the rest is the next worker's. Webhooks,
retention and the policy in force are looked after as in a service that answers over HTTP.
"""

import contextlib
from collections.abc import Iterator
from typing import Final

import structlog
from prometheus_client import start_http_server

from modsvc.api.background import working
from modsvc.api.deps import Service
from modsvc.errors import BrokerError
from modsvc.settings import Settings
from modsvc.streams.deciding import Decider
from modsvc.streams.handling import Handler, Line
from modsvc.streams.stopping import Stopping
from modsvc.streams.topics import Place, Topics, place_of, topics_of

_NEEDED: Final = "Streams need their library: install modsvc[stream]."

log = structlog.get_logger("modsvc.streams")


async def work(service: Service, stopping: Stopping) -> None:
    """Handle messages until `stopping` begins.

    Raises InputError for settings that are missing, BrokerError, and what `stopping` ends with.
    """
    settings = service.settings
    place, topics = place_of(settings), topics_of(settings)
    handler = Handler(Decider(service, topics, stopping), stopping, service.metrics.streams)
    line = line_to(place, topics, settings, handler)
    async with working(service):
        with _metrics(service):
            await line.open()
            log.info("stream_begun", kind=place.kind, texts=topics.texts, group=topics.group)
            await stopping.wait()
            log.info("stream_ends")
            await line.close()
    if stopping.error is not None:
        raise stopping.error


def line_to(place: Place, topics: Topics, settings: Settings, handler: Handler) -> Line:
    """A connection, not yet open. Raises BrokerError where its library is missing."""
    try:
        if place.kind == "nats":
            from modsvc.streams.jetstream import JetStreamLine

            return JetStreamLine(place, topics, settings, handler)
        from modsvc.streams.kafka import KafkaLine

        return KafkaLine(place, topics, settings, handler)
    except ModuleNotFoundError as error:
        raise BrokerError(_NEEDED) from error


@contextlib.contextmanager
def _metrics(service: Service) -> Iterator[None]:
    """Metrics on a port of their own within the block, unless that is 0."""
    settings = service.settings
    if not settings.stream_metrics_port:
        yield
        return
    server, thread = start_http_server(
        settings.stream_metrics_port, settings.host, service.metrics.registry
    )
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
