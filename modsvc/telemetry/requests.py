"""Metrics of what comes in: requests, connections, and those that are refused.

In: counts and durations. Out: series on a registry. Which request is counted under which route is
left to `modsvc.api.middleware`.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from modsvc.telemetry.buckets import SECONDS


class RequestMetrics:
    """Requests, connections and limits of one service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "modsvc_requests",
            "HTTP requests.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "modsvc_request_seconds",
            "Time from the request's head to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=registry,
        )
        self._connections = Gauge(
            "modsvc_connections", "Connections that are open.", registry=registry
        )
        self._closed = Counter(
            "modsvc_connections_closed",
            "Connections closed for passing a limit.",
            ("reason",),
            registry=registry,
        )
        self._refused = Counter(
            "modsvc_refused",
            "Requests refused for the limits of their key.",
            ("key", "limit"),
            registry=registry,
        )
        self._counted_alone = Counter(
            "modsvc_limits_counted_alone",
            "Requests counted by this process alone, because Redis did not answer.",
            registry=registry,
        )
        self._probing = Counter(
            "modsvc_probing",
            "Texts that are nearly the same as too many before them.",
            ("key",),
            registry=registry,
        )

    def answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one finished HTTP request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def watch_connections(self, count: Callable[[], float]) -> None:
        """Read the number of open connections from `count` whenever the metrics are read."""
        self._connections.set_function(count)

    def connection_closed(self, reason: str) -> None:
        """Count a connection that was closed; `reason` is one of a few words."""
        self._closed.labels(reason).inc()

    def refused(self, key: str, limit: str) -> None:
        """Count a request that a limit (`rate`, `quota`, `probing`) of its key refused."""
        self._refused.labels(key, limit).inc()

    def limits_counted_alone(self) -> None:
        """Count a request whose limits no other process knows of."""
        self._counted_alone.inc()

    def probing(self, key: str) -> None:
        """Count a text that a key sent in nearly the same words too often."""
        self._probing.labels(key).inc()
