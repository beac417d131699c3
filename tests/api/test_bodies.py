"""Whatever a body is made of, no route reads more of it than it should, or unpacks it."""

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from modsvc.app import create_app
from tests.api.serving import make_settings, on_socket
from tests.api.test_errors import check_problem

BOMB = gzip.compress(b'{"text": "' + b"a" * 10_000_000 + b'"}')


@pytest.fixture(scope="module")
def service(tiny_artifact: Path) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A client, and the paths of all routes that take JSON by POST."""
    app = create_app(make_settings(tiny_artifact))
    takes_json = [
        path.format_map(dict.fromkeys(("version", "webhook", "message", "content_id"), "x"))
        for path, operations in app.openapi()["paths"].items()
        if "requestBody" in operations.get("post", {})
    ]
    assert "/v1/score" in takes_json
    assert "/v1/admin/webhooks" in takes_json
    with on_socket(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client, takes_json


@pytest.mark.parametrize(
    "body", [b"[" * 1_000_000, b'{"a":' * 200_000, b"[" * 5000 + b"]" * 5000, b'{"text":' * 1000]
)
def test_json_that_is_nested_without_end_is_refused_everywhere(
    service: tuple[httpx.Client, list[str]], body: bytes
) -> None:
    client, paths = service
    for path in paths:
        begun = time.monotonic()
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, path
        assert time.monotonic() - begun < 20
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "zstd", "identity, gzip"])
def test_a_compressed_body_is_refused_everywhere_before_it_is_unpacked(
    service: tuple[httpx.Client, list[str]], encoding: str
) -> None:
    client, paths = service
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    for path in paths:
        answer = client.post(path, content=BOMB, headers=headers)
        assert (answer.status_code, path) == (415, path)
        assert answer.headers["accept-encoding"] == "identity"
    problem = check_problem(client.post("/v1/score", content=BOMB, headers=headers), 415)
    assert problem["type"] == "urn:modsvc:problem:unsupported-encoding"


def test_a_body_that_says_it_is_not_encoded_is_taken(
    service: tuple[httpx.Client, list[str]],
) -> None:
    client, _ = service
    for encoding in ("identity", ""):
        headers = {"Content-Encoding": encoding}
        assert client.post("/v1/score", json={"text": "a"}, headers=headers).status_code == 200


def test_a_body_that_is_too_long_is_refused_everywhere(
    service: tuple[httpx.Client, list[str]],
) -> None:
    client, paths = service

    def trickling() -> Iterator[bytes]:
        # Of no declared length.
        for _ in range(20):
            yield b" " * 100_000

    for path in paths:
        for body in (b" " * 2_000_000, trickling()):
            answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, path) == (413, path)


def test_a_form_of_the_desk_that_is_too_long_is_said_to_be(
    service: tuple[httpx.Client, list[str]],
) -> None:
    client, _ = service
    form = b"name=" + b"a" * 2_000_000
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/desk/sign-in", content=form, headers=headers)
    assert answer.status_code == 413
    assert "1048576 bytes" in answer.text
