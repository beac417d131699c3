"""Metrics of models: which are loaded, how they change, and what a shadow makes of texts.

In: roles, versions, outcomes. Out: series on a registry.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge


class ModelMetrics:
    """Models of one service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._swaps = Counter(
            "modsvc_model_swaps",
            "Changes of the model, and attempts: `swapped`, `rolled_back`, `refused_…`.",
            ("outcome",),
            registry=registry,
        )
        self._models = Gauge(
            "modsvc_model_info",
            "1 for each model that is loaded, by its role and version.",
            ("role", "version"),
            registry=registry,
        )
        self._shadowed = Counter(
            "modsvc_shadow_texts",
            "Texts that the shadow scored, by what it would have decided.",
            ("language", "outcome"),
            registry=registry,
        )
        self._shadow_dropped = Counter(
            "modsvc_shadow_dropped",
            "Texts of the sample that the shadow had no time for.",
            registry=registry,
        )
        self._versions: dict[str, str] = {}

    def swap(self, outcome: str) -> None:
        """Count a change of the model, or an attempt; `outcome` is one of a few words."""
        self._swaps.labels(outcome).inc()

    def role(self, role: str, version: str | None) -> None:
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
