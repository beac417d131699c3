"""Rows that a test of the store needs and does not care about."""

from typing import Any

from modsvc.store.tables import Decision


def decision(content: str, **changed: Any) -> Decision:
    """A decision to review one content version."""
    fields: dict[str, Any] = {
        "content": content,
        "model_version": "tiny-1",
        "calibration_sha256": "0" * 64,
        "policy_version": "default-1",
        "probability": 0.1 + 0.2,
        "categories": {"threats": 1 / 3, "derogation": 1e-17},
        "toxic_other": 0.5,
        "language": "en",
        "language_confidence": 0.99,
        "supported": True,
        "action": "review",
        "reason_codes": ["misogyny.review"],
    }
    return Decision(**{**fields, **changed})
