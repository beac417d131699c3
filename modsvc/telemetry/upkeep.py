"""Metrics of what a service keeps: its database, disk and outbox, its clock, its drift.

In: what the rounds in the background find. Out: series on a registry.
"""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge


class UpkeepMetrics:
    """What one service looks after."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._writes = Gauge(
            "modsvc_writes_waiting", "Writes waiting for the database.", registry=registry
        )
        self._waiting = Gauge(
            "modsvc_content_waiting",
            "Texts that were accepted and are to be decided on.",
            registry=registry,
        )
        self._waiting_s = Gauge(
            "modsvc_content_oldest_seconds",
            "How long the first of these texts has waited.",
            registry=registry,
        )
        self._free = Gauge(
            "modsvc_data_free_bytes", "Room on the data folder's disk.", registry=registry
        )
        self._messages = Gauge(
            "modsvc_webhook_messages_waiting",
            "Messages that their webhooks have not received, as of the last minute.",
            registry=registry,
        )
        self._oldest = Gauge(
            "modsvc_webhook_oldest_seconds",
            "How long the first of these messages has waited.",
            registry=registry,
        )
        self._jump = Gauge(
            "modsvc_clock_jump_seconds",
            "By how much the wall clock jumped since the start, as of the last minute.",
            registry=registry,
        )
        self._drift = Gauge(
            "modsvc_drift_alarms",
            "Signals that moved within a day, as of the last minute.",
            ("language", "signal"),
            registry=registry,
        )
        self._failed_rounds = Counter(
            "modsvc_background_failures",
            "Rounds in the background that failed; most often the database does not answer.",
            registry=registry,
        )

    def watch_store(self, writes: Callable[[], float], free: Callable[[], float]) -> None:
        """Read writes that wait and free bytes whenever the metrics are read."""
        self._writes.set_function(writes)
        self._free.set_function(free)

    def watch_waiting(self, texts: Callable[[], float], oldest_s: Callable[[], float]) -> None:
        """Read what waits for a decision, as of the last look, whenever the metrics are read."""
        self._waiting.set_function(texts)
        self._waiting_s.set_function(oldest_s)

    def minute(self, messages: int, oldest_s: float, jump_s: float) -> None:
        """Note what is looked at once a minute."""
        self._messages.set(messages)
        self._oldest.set(oldest_s)
        self._jump.set(jump_s)

    def drift(self, alarms: Iterable[tuple[str, str]]) -> None:
        """Show the alarms that stand, each by its language and its signal."""
        self._drift.clear()
        for language, signal in alarms:
            self._drift.labels(language, signal).inc()

    def background_failed(self) -> None:
        """Count a round in the background that failed."""
        self._failed_rounds.inc()
