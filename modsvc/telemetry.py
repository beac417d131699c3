"""What the service tells about itself: Prometheus metrics and JSON logs, never a text.

In: counts, durations, languages and actions. Out: one registry of metrics and one JSON
line per log event on stderr. Which request is counted under which route is left to
`modsvc.api.middleware`.
"""

import logging
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from structlog.typing import EventDict, Processor, WrappedLogger

from modsvc.types import Decision, Score

_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_TEXTS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_FRAMES: Final = 5


class Metrics:
    """Every metric of one service, on a registry of its own.

    The label `language` takes only codes that the model supports, `und`, `unsupported`
    and `unknown` (not scored): what a caller may write freely never becomes a series.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "modsvc_requests",
            "HTTP requests.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "modsvc_request_seconds",
            "Time from the request's head to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._decisions = Counter(
            "modsvc_decisions",
            "Decisions by language and action; those but `allow` are flags.",
            ("language", "action"),
            registry=self.registry,
        )
        self._items = Counter("modsvc_items", "Texts answered.", registry=self.registry)
        self._cache_hits = Counter(
            "modsvc_cache_hits", "Texts answered from the cache.", registry=self.registry
        )
        self._suggestions = Counter(
            "modsvc_suggestions",
            "Scores that clients suggest in Perspective's dialect; the texts are not kept.",
            ("attribute",),
            registry=self.registry,
        )
        self._batch = Histogram(
            "modsvc_batch_size",
            "Texts that went through the engine together.",
            buckets=_TEXTS,
            registry=self.registry,
        )
        self._batch_seconds = Histogram(
            "modsvc_batch_seconds",
            "Time that one batch took in the engine.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._queue = Gauge(
            "modsvc_queue_depth", "Texts waiting for the model.", registry=self.registry
        )
        self._swaps = Counter(
            "modsvc_model_swaps",
            "Changes of the model, and attempts: `swapped`, `rolled_back`, `refused_…`.",
            ("outcome",),
            registry=self.registry,
        )
        self._models = Gauge(
            "modsvc_model_info",
            "1 for each model that is loaded, by its role and version.",
            ("role", "version"),
            registry=self.registry,
        )
        self._versions: dict[str, str] = {}
        self._shadowed = Counter(
            "modsvc_shadow_texts",
            "Texts that the shadow scored, by what it would have decided.",
            ("language", "outcome"),
            registry=self.registry,
        )
        self._shadow_dropped = Counter(
            "modsvc_shadow_dropped",
            "Texts of the sample that the shadow had no time for.",
            registry=self.registry,
        )
        self._refused = Counter(
            "modsvc_refused",
            "Requests refused for the limits of their key.",
            ("key", "limit"),
            registry=self.registry,
        )
        self._counted_alone = Counter(
            "modsvc_limits_counted_alone",
            "Requests counted by this process alone, because Redis did not answer.",
            registry=self.registry,
        )
        self._probing = Counter(
            "modsvc_probing",
            "Texts that are nearly the same as too many before them.",
            ("key",),
            registry=self.registry,
        )
        self._connections = Gauge(
            "modsvc_connections", "Connections that are open.", registry=self.registry
        )
        self._closed = Counter(
            "modsvc_connections_closed",
            "Connections closed for passing a limit.",
            ("reason",),
            registry=self.registry,
        )
        self._writes = Gauge(
            "modsvc_writes_waiting", "Writes waiting for the database.", registry=self.registry
        )
        self._free = Gauge(
            "modsvc_data_free_bytes", "Room on the data folder's disk.", registry=self.registry
        )
        self._messages = Gauge(
            "modsvc_webhook_messages_waiting",
            "Messages that their webhooks have not received, as of the last minute.",
            registry=self.registry,
        )
        self._oldest = Gauge(
            "modsvc_webhook_oldest_seconds",
            "How long the first of these messages has waited.",
            registry=self.registry,
        )
        self._jump = Gauge(
            "modsvc_clock_jump_seconds",
            "By how much the wall clock jumped since the start, as of the last minute.",
            registry=self.registry,
        )
        self._drift = Gauge(
            "modsvc_drift_alarms",
            "Signals that moved within a day, as of the last minute.",
            ("language", "signal"),
            registry=self.registry,
        )
        self._failed_rounds = Counter(
            "modsvc_background_failures",
            "Rounds in the background that failed; most often the database does not answer.",
            registry=self.registry,
        )

        self._stream_messages = Counter(
            "modsvc_stream_messages",
            "Messages of a stream that were handled: `decided`, `known` before, or `dead`.",
            ("outcome",),
            registry=self.registry,
        )
        self._stream_waits = Counter(
            "modsvc_stream_waits",
            "Times that a message of a stream had to wait, by what it waited for.",
            ("reason",),
            registry=self.registry,
        )
        self._stream_lag = Gauge(
            "modsvc_stream_lag",
            "Messages that nobody had taken yet when this worker last finished some.",
            registry=self.registry,
        )

    def request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one finished HTTP request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def judgements(self, pairs: Iterable[tuple[Score | None, Decision]]) -> None:
        """Count answered texts, their actions by language and the cache's hits."""
        for score, decision in pairs:
            self._items.inc()
            self._decisions.labels(language_label(score), decision.action).inc()
            if score is not None and score.cached:
                self._cache_hits.inc()

    def suggestion(self, attribute: str) -> None:
        """Count one suggested score; `attribute` is one that is answered, or `other`."""
        self._suggestions.labels(attribute).inc()

    def batch(self, texts: int, seconds: float) -> None:
        """Count one batch of `texts` texts, which took `seconds`."""
        self._batch.observe(texts)
        self._batch_seconds.observe(seconds)

    def watch_queue(self, depth: Callable[[], float]) -> None:
        """Read the queue's depth from `depth` whenever the metrics are read."""
        self._queue.set_function(depth)

    def swap(self, outcome: str) -> None:
        """Count a change of the model, or an attempt; `outcome` is one of a few words."""
        self._swaps.labels(outcome).inc()

    def model(self, role: str, version: str | None) -> None:
        """Show which version has a role; None where there is none."""
        before = self._versions.pop(role, None)
        if before is not None:
            self._models.remove(role, before)
        if version is not None:
            self._models.labels(role, version).set(1)
            self._versions[role] = version

    def shadowed(self, language: str, outcome: str) -> None:
        """Count a text that the shadow scored; `language` is by `language_label`."""
        self._shadowed.labels(language, outcome).inc()

    def shadow_dropped(self) -> None:
        """Count a text of the sample that was passed over."""
        self._shadow_dropped.inc()

    def refused(self, key: str, limit: str) -> None:
        """Count a request that a limit (`rate`, `quota`, `probing`) of its key refused."""
        self._refused.labels(key, limit).inc()

    def limits_counted_alone(self) -> None:
        """Count a request whose limits no other process knows of."""
        self._counted_alone.inc()

    def probing(self, key: str) -> None:
        """Count a text that a key sent in nearly the same words too often."""
        self._probing.labels(key).inc()

    def watch_connections(self, count: Callable[[], float]) -> None:
        """Read the number of open connections from `count` whenever the metrics are read."""
        self._connections.set_function(count)

    def watch_store(self, writes: Callable[[], float], free: Callable[[], float]) -> None:
        """Read writes that wait and free bytes whenever the metrics are read."""
        self._writes.set_function(writes)
        self._free.set_function(free)

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

    def stream_message(self, outcome: str) -> None:
        """Count a message of a stream whose reply is published; `outcome` is one of a few words."""
        self._stream_messages.labels(outcome).inc()

    def stream_waited(self, reason: str) -> None:
        """Count a message that has to wait; `reason` is one of a few words."""
        self._stream_waits.labels(reason).inc()

    def stream_lag(self, messages: int) -> None:
        """Note how many messages wait in the topic."""
        self._stream_lag.set(messages)

    def connection_closed(self, reason: str) -> None:
        """Count a connection that was closed; `reason` is one of a few words."""
        self._closed.labels(reason).inc()


def configure_logging(level: str) -> None:
    """Send every log of the process to stderr as one JSON object a line.

    Exceptions are reduced as by `describe`, those of other libraries' loggers too.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_message,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as log fields: its type and the last lines it passed, not its message.

    The message of a library's exception may quote its input, which is the text to score.
    """
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {
        "exception": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def language_label(score: Score | None) -> str:
    """The language of a score as metrics have it: one of a bounded number of words."""
    if score is None:
        return "unknown"
    if score.language.code == "und":
        return "und"
    return score.language.code if score.supported else "unsupported"


def _exception_without_message(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    return {**event, **describe(error)} if isinstance(error, BaseException) else event
