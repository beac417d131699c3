"""Metrics of texts: what was decided on them, and how they went through the engine.

In: scores, decisions, batches. Out: series on a registry.
"""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from modsvc.telemetry.buckets import SECONDS, TEXTS
from modsvc.types import Decision, Score


class TextMetrics:
    """Texts of one service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._decisions = Counter(
            "modsvc_decisions",
            "Decisions by language and action; those but `allow` are flags.",
            ("language", "action"),
            registry=registry,
        )
        self._items = Counter("modsvc_items", "Texts answered.", registry=registry)
        self._cache_hits = Counter(
            "modsvc_cache_hits", "Texts answered from the cache.", registry=registry
        )
        self._shared = Counter(
            "modsvc_shared_cache",
            "Texts that the shared cache was asked for.",
            ("outcome",),
            registry=registry,
        )
        self._suggestions = Counter(
            "modsvc_suggestions",
            "Scores that clients suggest in Perspective's dialect; the texts are not kept.",
            ("attribute",),
            registry=registry,
        )
        self._batch = Histogram(
            "modsvc_batch_size",
            "Texts that went through the engine together.",
            buckets=TEXTS,
            registry=registry,
        )
        self._batch_seconds = Histogram(
            "modsvc_batch_seconds",
            "Time that one batch took in the engine.",
            buckets=SECONDS,
            registry=registry,
        )
        self._queue = Gauge("modsvc_queue_depth", "Texts waiting for the model.", registry=registry)

    def judgements(self, pairs: Iterable[tuple[Score | None, Decision]]) -> None:
        """Count answered texts, their actions by language and the cache's hits."""
        for score, decision in pairs:
            self._items.inc()
            self._decisions.labels(language_label(score), decision.action).inc()
            if score is not None and score.cached:
                self._cache_hits.inc()

    def shared_cache(self, outcome: str, texts: int) -> None:
        """Count texts that were asked for: `hit`, `miss` or `unanswered`."""
        self._shared.labels(outcome).inc(texts)

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


def language_label(score: Score | None) -> str:
    """The language of a score as metrics have it: one of a bounded number of words."""
    if score is None:
        return "unknown"
    if score.language.code == "und":
        return "und"
    return score.language.code if score.supported else "unsupported"
