"""What the service tells about itself: Prometheus metrics and JSON logs, never a text.

`metrics` is one service's registry, with a file for each subject; `logs` is the format of logs.
"""

from modsvc.telemetry.logs import configure_logging, describe
from modsvc.telemetry.metrics import Metrics
from modsvc.telemetry.texts import language_label

__all__ = ["Metrics", "configure_logging", "describe", "language_label"]
