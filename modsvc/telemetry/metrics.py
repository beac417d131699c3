"""Every metric of one service.

In: what happens, told to the part that it concerns. Out: one registry.
"""

from prometheus_client import CollectorRegistry, ProcessCollector

from modsvc.telemetry.models import ModelMetrics
from modsvc.telemetry.requests import RequestMetrics
from modsvc.telemetry.streams import StreamMetrics
from modsvc.telemetry.texts import TextMetrics
from modsvc.telemetry.upkeep import UpkeepMetrics


class Metrics:
    """Every metric of one service, on a registry of its own.

    The label `language` takes only codes that the model supports, `und`, `unsupported`
    and `unknown` (not scored): what a caller may write freely never becomes a series.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = RequestMetrics(self.registry)
        self.texts = TextMetrics(self.registry)
        self.models = ModelMetrics(self.registry)
        self.upkeep = UpkeepMetrics(self.registry)
        self.streams = StreamMetrics(self.registry)
