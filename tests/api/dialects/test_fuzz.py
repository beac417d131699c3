"""Whatever is thrown at a dialect, it answers in its own shape and never fails by itself."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modsvc.app import create_app
from tests.api.serving import in_process, make_settings
from tests.fuzz_api import SCALARS, text

COUNT = 300
ALLOWED = {200, 400, 413, 422}


def anything(rng: random.Random, depth: int = 3) -> Any:
    kind = rng.random()
    if depth == 0 or kind < 0.4:
        return rng.choice((*SCALARS, float("inf"), text(rng)))
    if kind < 0.6:
        return [anything(rng, depth - 1) for _ in range(rng.randrange(4))]
    names = ("input", "inputs", "type", "text", "comment", "languages", "scoreThreshold", "")
    return {rng.choice(names): anything(rng, depth - 1) for _ in range(rng.randrange(4))}


def mostly(rng: random.Random, right: Any) -> Any:
    return anything(rng) if rng.random() < 0.15 else right


def moderations(rng: random.Random) -> Any:
    parts = [{"type": mostly(rng, "text"), "text": mostly(rng, text(rng))} for _ in range(2)]
    texts = [mostly(rng, text(rng)) for _ in range(3)]
    return {"input": mostly(rng, rng.choice((text(rng), texts, parts))), "model": anything(rng)}


def analyze(rng: random.Random) -> Any:
    names = rng.sample(("TOXICITY", "THREAT", "MISOGYNY", "SPAM", "X", ""), 2)
    parameters = {"scoreThreshold": mostly(rng, 0.5), "scoreType": mostly(rng, "PROBABILITY")}
    return {
        "comment": mostly(rng, {"text": mostly(rng, text(rng)), "type": mostly(rng, None)}),
        "requestedAttributes": mostly(rng, {name: mostly(rng, parameters) for name in names}),
        "languages": mostly(rng, rng.choice((None, [], ["en"], ["es", "ru"]))),
        "spanAnnotations": mostly(rng, True),
        "dropUnsupportedAttributes": mostly(rng, True),
        "context": mostly(rng, {"articleAndParentComment": {"parentComment": {"text": text(rng)}}}),
    }


def suggest(rng: random.Random) -> Any:
    scores = {name: anything(rng) for name in ("TOXICITY", text(rng))}
    return {"comment": {"text": mostly(rng, text(rng))}, "attributeScores": mostly(rng, scores)}


def predict(rng: random.Random) -> Any:
    batch = [mostly(rng, [text(rng), text(rng)]) for _ in range(3)]
    return {"inputs": mostly(rng, rng.choice((text(rng), batch, [text(rng)])))}


def classify(rng: random.Random) -> Any:
    return {"input": mostly(rng, [mostly(rng, text(rng)) for _ in range(3)])}


@pytest.mark.parametrize(
    ("path", "make"),
    [
        ("/v1/moderations", moderations),
        ("/v1alpha1/comments:analyze", analyze),
        ("/v1alpha1/comments:suggestscore", suggest),
        ("/predict", predict),
        ("/classify", classify),
    ],
)
async def test_generated_bodies_are_answered_or_refused_in_shape(
    tiny_artifact: Path, path: str, make: Callable[[random.Random], Any]
) -> None:
    statuses = set()
    async with in_process(create_app(make_settings(tiny_artifact))) as client:
        for number in range(COUNT):
            rng = random.Random(f"{path}/{number}")
            body = make(rng) if rng.random() < 0.9 else anything(rng)
            raw = json.dumps(body, ensure_ascii=rng.random() < 0.5)
            sent = raw.encode(errors="surrogatepass")[: rng.choice((None, None, None, 40))]
            answer = await client.post(path, content=sent)
            statuses.add(answer.status_code)
            assert answer.status_code in ALLOWED, (number, answer.text)
            if answer.status_code != 200:
                assert answer.json()["error"], number
    assert {200, 400} <= statuses
