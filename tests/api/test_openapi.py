"""A client author reads /openapi.json: it is complete and its examples are true."""

import json
from typing import Any

import httpx

from modsvc.api.schemas import ScoreResponse, parse_body


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(references(part) for part in value))
    return set()


def test_every_reference_resolves(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    named = references(document)
    assert {"#/components/schemas/ScoreItem", "#/components/schemas/Problem"} <= named
    for reference in named:
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_the_examples_are_accepted_and_shaped_as_promised(client: httpx.Client) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/v1/score"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        assert parse_body(json.dumps(example["value"]).encode())
        assert client.post("/v1/score", json=example["value"]).status_code == 200
    promised = operation["responses"]["200"]["content"]["application/json"]
    assert promised["schema"] == {"$ref": "#/components/schemas/ScoreResponse"}
    assert ScoreResponse.model_validate(promised["example"]).results
    assert {"400", "413", "422", "429", "503"} <= set(operation["responses"])
