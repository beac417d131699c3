"""Metrics of a worker that reads a stream.

In: what becomes of messages. Out: series on a registry.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge


class StreamMetrics:
    """The messages of one worker."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._messages = Counter(
            "modsvc_stream_messages",
            "Messages of a stream that were handled: `decided`, `known` before, or `dead`.",
            ("outcome",),
            registry=registry,
        )
        self._waits = Counter(
            "modsvc_stream_waits",
            "Times that a message of a stream had to wait, by what it waited for.",
            ("reason",),
            registry=registry,
        )
        self._lag = Gauge(
            "modsvc_stream_lag",
            "Messages that nobody had taken yet when this worker last looked.",
            registry=registry,
        )

    def message(self, outcome: str) -> None:
        """Count a message of a stream whose reply is published; `outcome` is one of a few words."""
        self._messages.labels(outcome).inc()

    def waited(self, reason: str) -> None:
        """Count a message that has to wait; `reason` is one of a few words."""
        self._waits.labels(reason).inc()

    def lag(self, messages: int) -> None:
        """Note how many messages wait in the topic."""
        self._lag.set(messages)
