"""What OpenAPI shows of single operations beside what the framework finds out by itself.

In: nothing. Out: documented bodies, answers and examples, for the routes that read bytes and so
hide them from the framework. What holds for all operations is added by `modsvc.api.document`.
"""

from typing import Any, Final

from modsvc.api.schemas import ScoreResponse
from modsvc.labels import CATEGORIES

_REQUEST_EXAMPLES: Final[dict[str, Any]] = {
    "one": {"summary": "One text", "value": {"text": "Women belong in every room."}},
    "many": {
        "summary": "Several texts",
        "value": {
            "items": [
                {"id": "c1", "text": "Women belong in every room."},
                {"id": "c2", "text": "Las mujeres votan hoy.", "language": "es"},
            ]
        },
    },
}
RESPONSE_EXAMPLE: Final[dict[str, Any]] = {
    "model_version": "open-1",
    "policy_version": "default-1+0f3c9a51",
    "results": [
        {
            "id": "c1",
            "probability": 0.021,
            "flagged": False,
            "action": "allow",
            "reason_codes": ["below_thresholds"],
            "categories": dict.fromkeys(CATEGORIES, 0.01),
            "toxic_other": 0.02,
            "language": "en",
            "language_confidence": 0.98,
            "supported": True,
            "truncated": False,
            "early": False,
            "reason": None,
            "spans": None,
        }
    ],
}


def problem_response(description: str) -> dict[str, Any]:
    """How one problem answer is documented."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "model": ScoreResponse,
        "description": "One result per item, in order.",
    },
    400: problem_response("The body is not JSON."),
    401: problem_response("No key was sent, or one that is not valid."),
    403: problem_response("The key lacks the scope `score`."),
    413: problem_response("The body, a text or the number of items is over a limit."),
    422: problem_response("The body is JSON of another shape."),
    429: problem_response("The queue is full: try again after `Retry-After` seconds."),
    503: problem_response(
        "The model failed or was too late, and the policy answers with an error."
    ),
}
REQUEST_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/ScoreItem"},
                    {"$ref": "#/components/schemas/ScoreItems"},
                ]
            },
            "examples": _REQUEST_EXAMPLES,
        }
    },
}


_CONTENT_EXAMPLES: Final[dict[str, Any]] = {
    "one": {
        "summary": "One text",
        "value": {
            "content_id": "comment-1",
            "text": "Women belong in every room.",
            "author_id": "user-7",
            "community": "school",
            "created_at": "2026-03-01T12:00:00Z",
        },
    },
    "many": {
        "summary": "Several texts",
        "value": {
            "items": [
                {"content_id": "comment-1", "text": "Women belong in every room."},
                {
                    "content_id": "comment-2",
                    "text": "Exactly, all of them.",
                    "context": {"parent": "Late again, the buses on line 4."},
                },
            ]
        },
    },
}
CONTENT_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/ContentItem"},
                    {"$ref": "#/components/schemas/ContentItems"},
                ]
            },
            "examples": _CONTENT_EXAMPLES,
        }
    },
}
