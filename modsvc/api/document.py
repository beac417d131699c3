"""The OpenAPI document, with what the framework cannot know of the operations.

In: the document as the framework makes it, and the settings. Out: the same, with the answers that
come from around the routes (no key, a body that cannot be read, a database that cannot be used)
and with the limits as this deployment has them, so that whoever reads it knows what is refused.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.dialects.classify.schemas import ClassifyRequest
from modsvc.api.dialects.moderations.schemas import ModerationRequest
from modsvc.api.dialects.perspective.schemas import (
    AnalyzeCommentRequest,
    SuggestCommentScoreRequest,
)
from modsvc.api.dialects.predict.schemas import PredictRequest
from modsvc.api.openapi import RESPONSE_EXAMPLE, problem_response
from modsvc.api.schemas import LIMIT, Problem, ScoreItem, ScoreItems
from modsvc.api.schemas_content import ContentItem, ContentItems
from modsvc.settings import Settings

Json = dict[str, Any]

#: What routes read as bytes, and so hide from the framework.
_HIDDEN: Final[tuple[tuple[type[BaseModel], Literal["validation", "serialization"]], ...]] = (
    (ScoreItem, "validation"),
    (ScoreItems, "validation"),
    (ContentItem, "validation"),
    (ContentItems, "validation"),
    (ModerationRequest, "validation"),
    (AnalyzeCommentRequest, "validation"),
    (SuggestCommentScoreRequest, "validation"),
    (PredictRequest, "validation"),
    (ClassifyRequest, "validation"),
    (Problem, "serialization"),
)

_WITH_KEY: Final = {
    "401": "No key was sent, or one that is not valid.",
    "403": "The key lacks the scope, or is for another community.",
    "503": "The database cannot be used.",
}
_WRITES: Final = {"429": "There is too much to write: try again after `Retry-After` seconds."}
_WITH_BODY: Final = {
    "400": "The body is not JSON.",
    "413": "The body is over a limit.",
    "415": "The body is encoded: send it as it is.",
}
_READS: Final = {"422": "The request is of another shape."}

#: What the framework adds by itself, and this service never answers.
_FOREIGN: Final = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI, settings: Settings) -> None:
    """Make `app.openapi()` complete."""

    def openapi() -> Json:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            _, hidden = models_json_schema(_HIDDEN, ref_template="#/components/schemas/{model}")
            document["components"]["schemas"].update(hidden["$defs"])
            # Set here, because the framework leaves nulls out of examples.
            answer = document["paths"]["/v1/score"]["post"]["responses"]["200"]
            answer["content"]["application/json"]["example"] = RESPONSE_EXAMPLE
            _complete(document, settings)
            app.openapi_schema = document
        return app.openapi_schema

    # The framework's documented way to extend the document.
    app.openapi = openapi  # type: ignore[method-assign]
    _serve_as_bytes(app)


def _serve_as_bytes(app: FastAPI) -> None:
    """Write the document once, so that whoever asks for it again and again costs little."""
    written: list[bytes] = []

    async def document(request: Request) -> Response:
        if not written:
            written.append(to_json(app.openapi()))
        return Response(written[0], media_type="application/json")

    path = app.openapi_url or ""
    app.router.routes[:] = [
        route for route in app.router.routes if getattr(route, "path", None) != path
    ]
    app.add_route(path, document, include_in_schema=False)


def _complete(document: Json, settings: Settings) -> None:
    for operation, method in _operations(document):
        _drop_foreign(operation["responses"])
        # The dialects say all of their answers themselves: in their own words.
        if "dialects" not in operation["tags"]:
            for status, description in _answers(operation, method).items():
                operation["responses"].setdefault(status, problem_response(description))
    for name in _FOREIGN:
        document["components"]["schemas"].pop(name, None)
    _set_limits(document["components"]["schemas"], settings)


def _operations(document: Json) -> Iterator[tuple[Json, str]]:
    for methods in document["paths"].values():
        for method, operation in methods.items():
            yield operation, method


def _answers(operation: Json, method: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if "security" in operation:
        found |= _WITH_KEY if method == "get" else {**_WITH_KEY, **_WRITES}
    if "requestBody" in operation:
        found |= _WITH_BODY | _READS
    return found | _READS if "parameters" in operation else found


def _drop_foreign(responses: Json) -> None:
    for status, response in list(responses.items()):
        schema = response.get("content", {}).get("application/json", {}).get("schema", {})
        if str(schema.get("$ref", "")).endswith(_FOREIGN):
            del responses[status]


def _set_limits(schema: Any, settings: Settings) -> None:
    if isinstance(schema, dict):
        name = schema.pop(LIMIT, None)
        if name is not None:
            keyword = "maxItems" if schema.get("type") == "array" else "maxLength"
            schema[keyword] = getattr(settings, name)
        for part in schema.values():
            _set_limits(part, settings)
    elif isinstance(schema, list):
        for part in schema:
            _set_limits(part, settings)
