"""`GET /$discovery/rest`: what Google's clients read to learn where the methods are.

In: the request, for the address that it came to. Out: a discovery document of the two methods,
which google-api-python-client builds its calls from. Schemas are named after Perspective's, and
left open: what is checked is in `schemas`.
"""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from modsvc.api.dialects.dialect import error_responses, json_response, speaking
from modsvc.api.dialects.perspective.faults import say
from modsvc.api.dialects.perspective.schemas import GoogleError

router = APIRouter(tags=["dialects"], route_class=speaking(say))

_STRING: Final = {"type": "string"}
_BOOLEAN: Final = {"type": "boolean"}
_STRINGS: Final = {"type": "array", "items": _STRING}


@router.get(
    "/$discovery/rest",
    summary="Tell Google's clients where the methods are",
    responses=error_responses(GoogleError, 400),
)
def discovery(
    request: Request,
    version: Annotated[Literal["v1alpha1"], Query(description="The only one.")] = "v1alpha1",
) -> Response:
    """The discovery document of `commentanalyzer` at this address. Needs no key."""
    root = str(request.base_url)
    return json_response({**_document(), "rootUrl": root, "baseUrl": root})


def _document() -> dict[str, Any]:
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "title": "Perspective's Comment Analyzer, as modsvc answers it",
        "description": "Scores comments. Nothing that is sent is stored.",
        "documentationLink": "https://developers.perspectiveapi.com/s/about-the-api",
        "protocol": "rest",
        "servicePath": "",
        "batchPath": "batch",
        "parameters": {
            "key": {**_STRING, "location": "query", "description": "API key."},
            "alt": {**_STRING, "location": "query", "default": "json", "enum": ["json"]},
            "fields": {**_STRING, "location": "query", "description": "Not read."},
            "prettyPrint": {**_BOOLEAN, "location": "query", "description": "Not read."},
            "quotaUser": {**_STRING, "location": "query", "description": "Not read."},
        },
        "schemas": _schemas(),
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment"),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore"),
                }
            }
        },
    }


def _method(name: str, message: str) -> dict[str, Any]:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": path,
        "flatPath": path,
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": f"{message}Request"},
        "response": {"$ref": f"{message}Response"},
    }


def _schemas() -> dict[str, Any]:
    asked = {
        "comment": {"$ref": "TextEntry"},
        "context": {"$ref": "Context"},
        "languages": _STRINGS,
        "clientToken": _STRING,
        "communityId": _STRING,
        "sessionId": _STRING,
    }
    scores = _map_of("AttributeScores")
    answered = {"detectedLanguages": _STRINGS, "clientToken": _STRING}
    analyze = {
        **asked,
        "requestedAttributes": _map_of("AttributeParameters"),
        "spanAnnotations": _BOOLEAN,
        "doNotStore": _BOOLEAN,
        "dropUnsupportedAttributes": _BOOLEAN,
    }
    properties: dict[str, dict[str, Any]] = {
        "AnalyzeCommentRequest": analyze,
        "AnalyzeCommentResponse": {**answered, "languages": _STRINGS, "attributeScores": scores},
        "SuggestCommentScoreRequest": {**asked, "attributeScores": scores},
        "SuggestCommentScoreResponse": {**answered, "requestedLanguages": _STRINGS},
        "TextEntry": {"text": _STRING, "type": _STRING},
        "Context": {
            "entries": {"type": "array", "items": {"$ref": "TextEntry"}},
            "articleAndParentComment": {"$ref": "ArticleAndParentComment"},
        },
        "ArticleAndParentComment": {
            "article": {"$ref": "TextEntry"},
            "parentComment": {"$ref": "TextEntry"},
        },
        "AttributeParameters": {"scoreType": _STRING, "scoreThreshold": _number("float")},
        "AttributeScores": {
            "summaryScore": {"$ref": "Score"},
            "spanScores": {"type": "array", "items": {"$ref": "SpanScore"}},
        },
        "SpanScore": {
            "begin": {"type": "integer", "format": "int32"},
            "end": {"type": "integer", "format": "int32"},
            "score": {"$ref": "Score"},
        },
        "Score": {"value": _number("float"), "type": _STRING},
    }
    return {
        name: {"id": name, "type": "object", "properties": of} for name, of in properties.items()
    }


def _map_of(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": name}}


def _number(form: str) -> dict[str, str]:
    return {"type": "number", "format": form}
