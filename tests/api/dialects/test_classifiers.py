"""Clients of text-embeddings-inference and of infinity find their endpoint."""

from typing import Any

import httpx
import pytest

from modsvc.api.dialects.classify.schemas import ClassifyAnswer
from modsvc.labels import LABELS
from tests.api.dialects.conftest import Closed
from tests.tiny_artifact import MODEL_VERSION, TRIGGERS

BAD = f"You {TRIGGERS['misogyny']}"


def test_predict_answers_one_text_and_a_batch(client: httpx.Client) -> None:
    one = client.post("/predict", json={"inputs": BAD, "truncate": True}).json()
    assert one[0]["label"] == "misogyny"
    assert {label["label"] for label in one} == set(LABELS)
    scores = [label["score"] for label in one]
    assert scores == sorted(scores, reverse=True)
    batch = client.post("/predict", json={"inputs": [[BAD], ["hello women"]]}).json()
    assert batch[0] == one
    assert batch[1][0]["score"] < 0.5


def test_the_second_text_of_a_pair_is_what_the_first_replies_to(client: httpx.Client) -> None:
    reply = client.post("/predict", json={"inputs": ["hello", BAD]}).json()
    assert client.post("/predict", json={"inputs": [["hello", BAD]]}).json() == [reply]
    assert client.post("/predict", json={"inputs": "hello"}).json() != reply


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"inputs": []}, 422),
        ({"inputs": ["a", "b", "c"]}, 422),
        ({"inputs": [["a", "b", "c"]]}, 422),
        ({"inputs": "a", "raw_scores": True}, 422),
        ({"inputs": [["a"]] * 129}, 413),
        ({"inputs": ["a", "b" * 20_481]}, 413),
    ],
)
def test_predict_refuses_in_its_own_shape(client: httpx.Client, body: Any, status: int) -> None:
    answer = client.post("/predict", json=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "error_type"}
    assert answer.json()["error_type"] == "Validation"


def test_classify_answers_each_text(client: httpx.Client) -> None:
    answer = client.post("/classify", json={"input": [BAD, "hello women"], "model": "any"})
    read = ClassifyAnswer.model_validate_json(answer.content)
    assert read.model == MODEL_VERSION
    assert read.data[0][0].label == "misogyny"
    assert [len(labels) for labels in read.data] == [len(LABELS)] * 2
    assert read.usage.total_tokens == len(BAD) + len("hello women")


@pytest.mark.parametrize(
    ("body", "status"),
    [({"input": "a"}, 422), ({"input": []}, 422), ({"input": ["a"], "raw_scores": True}, 422)],
)
def test_classify_refuses_in_its_own_shape(client: httpx.Client, body: Any, status: int) -> None:
    answer = client.post("/classify", json=body)
    assert answer.status_code == answer.json()["error"]["code"] == status


@pytest.mark.parametrize(
    ("path", "body"), [("/predict", {"inputs": "a"}), ("/classify", {"input": ["a"]})]
)
def test_they_need_a_key(closed: Closed, path: str, body: Any) -> None:
    with httpx.Client(base_url=closed.url, timeout=60) as client:
        assert client.post(path, json=body).status_code == 401
        headers = {"Authorization": f"Bearer {closed.key}"}
        assert client.post(path, json=body, headers=headers).status_code == 200
