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

    def request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one finished HTTP request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def judgements(self, pairs: Iterable[tuple[Score | None, Decision]]) -> None:
        """Count answered texts, their actions by language and the cache's hits."""
        for score, decision in pairs:
            self._items.inc()
            self._decisions.labels(_language(score), decision.action).inc()
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


def _language(score: Score | None) -> str:
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
