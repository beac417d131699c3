"""Throw generated bodies at /v1/score: no 5xx, and every 200 has exactly the promised shape.

In: a count and a seed. Out: how many answers of each status; exit code 1 at the first
answer that breaks a promise, with the seed and number that make it again. The suite runs
2,000 of them (tests/api/test_fuzz.py); by hand:

    python -m tests.fuzz_api --count 100000 [--seed 1] [--model models/default]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.labels import CATEGORIES
from modsvc.settings import Settings

ALLOWED: Final = frozenset({200, 400, 413, 422, 429})
RESULT_KEYS: Final = (
    *("id", "probability", "flagged", "action", "reason_codes", "categories", "toxic_other"),
    *("language", "language_confidence", "supported", "truncated", "early", "reason", "spans"),
)
_AT_ONCE: Final = 32
_PIECES: Final = (
    *("hello ", "women ", "hateword ", "threatsword ", "@user ", "https://a.b/c ", "a@b.c "),
    *(
        "سلام ",
        "שלום ",
        "\u202e",
        "\u200f",
        "👩‍👩‍👧 ",
        "🏳️‍🌈",
        "é",
        "é",
        "ﷺ",
        "\u0000",
        "\ufffe",
        "\u2028",
    ),
    *("Ὀδυσσεύς ", "женщины ", "қыз ", "ქალი ", "女性", "\t", "\n", "'; --", "<b>", "{{7*7}}"),
)
SCALARS: Final = (None, True, False, 0, -1, 1e308, 2**70, "", "en", "xx-YY", "und", "é" * 300)


def text(rng: random.Random) -> str:
    """A text of random characters, of pieces that mean something, or of one thing repeated."""
    kind = rng.random()
    if kind < 0.4:
        return "".join(rng.choices(_PIECES, k=rng.randrange(40)))
    if kind < 0.9:
        return "".join(_character(rng) for _ in range(rng.randrange(60)))
    return rng.choice(_PIECES) * rng.choice((1, 50, 1000, 5000))


def body(rng: random.Random) -> bytes:
    """One request body, more often right than wrong."""
    makers: tuple[tuple[float, Callable[[random.Random], bytes]], ...] = (
        (0.35, lambda rng: _dump(rng, item(rng))),
        (0.25, lambda rng: _dump(rng, {"items": [item(rng) for _ in range(rng.randrange(12))]})),
        (0.10, lambda rng: _dump(rng, {"items": [_wrong(rng, 2) for _ in range(3)]})),
        (0.10, lambda rng: _dump(rng, _wrong(rng, 4))),
        (0.14, _mutilated),
        (0.03, _nested),
        (
            0.02,
            lambda rng: _dump(rng, {"items": [{"text": "a"}] * rng.choice((127, 128, 129, 2000))}),
        ),
        (0.01, _huge),
    )
    [(_, make)] = rng.choices(makers, [weight for weight, _ in makers])
    return make(rng)


def item(rng: random.Random) -> dict[str, Any]:
    """One item; its optional keys are mostly right."""
    made: dict[str, Any] = {"text": text(rng)}
    for key in ("id", "language", "community"):
        if rng.random() < 0.2:
            made[key] = rng.choice(SCALARS) if rng.random() < 0.3 else "en"
    if rng.random() < 0.1:
        made["explain"] = rng.choice(SCALARS) if rng.random() < 0.3 else True
    return made


def check(sent: bytes, status: int, headers: dict[str, str], received: bytes) -> str | None:
    """What is wrong with an answer, or None."""
    if status not in ALLOWED:
        return f"status {status}"
    answer = json.loads(received)
    if status != 200:
        if headers.get("content-type") != "application/problem+json":
            return "a problem of another content type"
        return None if {"type", "title", "status", "detail"} <= set(answer) else "no problem"
    if tuple(answer) != ("model_version", "policy_version", "results"):
        return "other keys in the answer"
    request = json.loads(sent)
    items = request.get("items", [request])
    if len(items) != len(answer["results"]):
        return "not one result per item"
    return next(filter(None, map(_check_result, items, answer["results"])), None)


async def run(app: FastAPI, count: int, seed: int) -> Counter[int]:
    """Send `count` bodies to `app`. Raises AssertionError at the first broken promise."""
    statuses: Counter[int] = Counter()
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            sent = body(random.Random(f"{seed}/{number}"))
            status, headers, received = await _post(app, sent)
            if wrong := check(sent, status, headers, received):
                raise AssertionError(f"seed {seed}, body {number}: {wrong}")
            statuses[status] += 1

    async with app.router.lifespan_context(app), asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(worker())
    return statuses


async def _post(app: FastAPI, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """One POST by the ASGI protocol itself, which is many times faster than any client."""
    half = len(sent) // 2
    parts = [
        {"type": "http.request", "body": sent[:half], "more_body": True},
        {"type": "http.request", "body": sent[half:], "more_body": False},
    ]
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: Any) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/score",
        "raw_path": b"/v1/score",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    received = b"".join(message.get("body", b"") for message in messages[1:])
    return messages[0]["status"], headers, received


def _check_result(sent: Any, result: Any) -> str | None:
    if tuple(result) != RESULT_KEYS:
        return "other keys in a result"
    if tuple(result["categories"]) != CATEGORIES:
        return "other categories"
    numbers = (
        *(result["probability"], result["toxic_other"], result["language_confidence"]),
        *result["categories"].values(),
    )
    if not all(isinstance(number, float) and 0 <= number <= 1 for number in numbers):
        return "a probability that is none"
    if result["action"] not in ("allow", "review", "withhold"):
        return "an unknown action"
    if result["flagged"] is not (result["action"] != "allow"):
        return "flagged does not follow the action"
    if not all(isinstance(result[key], bool) for key in ("supported", "truncated", "early")):
        return "a truth value that is none"
    if not (result["reason_codes"] and isinstance(result["language"], str)):
        return "no reason or no language"
    if (result["spans"] is not None) != bool(sent.get("explain")):
        return "spans that nobody asked for, or none where somebody did"
    if not all(_is_part_of(sent["text"], span) for span in result["spans"] or ()):
        return "a span outside the text"
    return None if result["id"] == sent.get("id") else "another id"


def _is_part_of(text: str, span: Any) -> bool:
    if not 0 <= span["start"] < span["end"] <= len(text):
        return False
    units = len(text.encode("utf-16-le", errors="surrogatepass")) // 2
    return 0 <= span["utf16_start"] < span["utf16_end"] <= units and bool(span["weights"])


def _character(rng: random.Random) -> str:
    # All planes, lone surrogates included; half of them from the lower, denser part.
    return chr(rng.randrange(0x3000) if rng.random() < 0.5 else rng.randrange(0x110000))


def _dump(rng: random.Random, value: Any) -> bytes:
    # Lone surrogates can only be sent as escapes; the rest is sent either way.
    written = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    return written.encode("utf-8", errors="surrogatepass")


def _wrong(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if depth == 0 or kind < 0.3:
        return rng.choice((*SCALARS, float("nan"), float("inf"), text(rng)))
    if kind < 0.5:
        return [_wrong(rng, depth - 1) for _ in range(rng.randrange(4))]
    keys = ("text", "items", "id", "language", "community", "tex", "", text(rng))
    return {rng.choice(keys): _wrong(rng, depth - 1) for _ in range(rng.randrange(4))}


def _mutilated(rng: random.Random) -> bytes:
    whole = bytearray(_dump(rng, item(rng)))
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(whole))
        if rng.random() < 0.5:
            whole[place] = rng.randrange(256)
        else:
            del whole[place : place + rng.randrange(1, 9)]
        if not whole:
            break
    return bytes(whole)


def _nested(rng: random.Random) -> bytes:
    depth = rng.choice((10, 100, 1000, 100_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"text":', b"}"), (b'{"items":[', b"]}")))
    middle = rng.choice((b"null", b'"a"', b'{"text":"a"}'))
    return opening * depth + middle + (closing * depth if rng.random() < 0.7 else b"")


def _huge(rng: random.Random) -> bytes:
    length = rng.choice((20_480, 20_481, 1_000_000, 1_048_560, 1_100_000))
    return _dump(rng, {"text": rng.choice(("a", "é", "👩", "\ud83d", " ", "a b")) * length})


def main() -> int:
    """Run from the command line; 0 when every promise held."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path, help="default: the tests' tiny model")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder:
        model = options.model
        if model is None:
            from tests.tiny_artifact import build_tiny_artifact

            model = build_tiny_artifact(Path(folder) / "tiny")
        app = create_app(Settings(model_dir=model, data_dir=Path(folder) / "data"))
        statuses = asyncio.run(run(app, options.count, options.seed))
    print(f"{options.count} bodies, no broken promise: {dict(sorted(statuses.items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
