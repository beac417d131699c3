"""What leaves the desk as files: decisions, events, and reviewed texts as training data."""

from modsvc.review.export.files import FORMATS, MEDIA_TYPES, Format, write
from modsvc.review.export.orders import TAKEN, Order, What, note, parts
from modsvc.review.export.records import DECISION_COLUMNS, EVENT_COLUMNS, decisions, event_log
from modsvc.review.export.training import TRAINING_COLUMNS, training_rows

__all__ = [
    "DECISION_COLUMNS",
    "EVENT_COLUMNS",
    "FORMATS",
    "MEDIA_TYPES",
    "TAKEN",
    "TRAINING_COLUMNS",
    "Format",
    "Order",
    "What",
    "decisions",
    "event_log",
    "note",
    "parts",
    "training_rows",
    "write",
]
