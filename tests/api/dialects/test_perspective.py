"""A forum whose Perspective client is deployed gives it another address."""

import json
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

from modsvc.api.dialects.perspective.attributes import ANSWERED, REFUSED
from modsvc.api.dialects.perspective.schemas import (
    AnalyzeCommentResponse,
    SuggestCommentScoreResponse,
)
from modsvc.api.dialects.perspective.sentences import sentences
from tests.api.dialects.conftest import Closed
from tests.tiny_artifact import TRIGGERS

with warnings.catch_warnings():
    # Of libraries below it, about Python versions to come.
    warnings.simplefilter("ignore")
    from googleapiclient.discovery import build
    from googleapiclient.errors import HttpError

BAD = f"You {TRIGGERS['misogyny']}"
ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"


def ask(text: str, *attributes: str, **more: Any) -> dict[str, Any]:
    return {
        "comment": {"text": text},
        "requestedAttributes": {name: {} for name in attributes or ("TOXICITY",)},
        **more,
    }


def error_type(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    [detail] = error["details"]
    assert detail["@type"] == "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
    return str(detail["errorType"])


# google-api-python-client


def google(url: str, key: str) -> Any:
    return build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=key,
        discoveryServiceUrl=f"{url}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )


@pytest.mark.filterwarnings("ignore")
def test_googles_client_reads_our_discovery_document(closed: Closed) -> None:
    with google(closed.url, closed.key) as service:
        analyze = service.comments().analyze
        answer = analyze(body=ask(BAD, "TOXICITY", "MISOGYNY", languages=["en"])).execute()
        assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.9
        assert answer["attributeScores"]["MISOGYNY"]["summaryScore"]["type"] == "PROBABILITY"
        suggested = service.comments().suggestscore(
            body={
                "comment": {"text": BAD},
                "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
                "clientToken": "t1",
            }
        )
        assert suggested.execute() == {"clientToken": "t1", "detectedLanguages": ["en"]}
        with pytest.raises(HttpError) as caught:
            analyze(body=ask(BAD, "SPAM")).execute()
        assert caught.value.status_code == 400
        assert caught.value.error_details[0]["errorType"] == "INVALID_REQUEST"


@pytest.mark.filterwarnings("ignore")
def test_googles_client_is_told_that_its_key_is_wrong(closed: Closed) -> None:
    for key, status in (("guessed", 401), (closed.other, 403)):
        with (
            google(closed.url, key) as service,
            pytest.raises(HttpError) as caught,
        ):
            service.comments().analyze(body=ask(BAD)).execute()
        assert caught.value.status_code == status


# npm


@pytest.fixture(scope="session")
def node_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the npm clients; skips loudly where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("NOT TESTED: the npm clients of Perspective need node and npm")
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "clients.cjs"):
        shutil.copy(Path(__file__).parent / "node" / name, folder)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("NOT TESTED: the npm clients of Perspective cannot be installed")
    return folder


@pytest.mark.slow
def test_the_npm_clients_work_unchanged(closed: Closed, node_clients: Path) -> None:
    done = subprocess.run(
        ["node", "clients.cjs", closed.url, closed.key, BAD],
        cwd=node_clients,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = json.loads(done.stdout)
    assert (
        said["perspective-api-client"]["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.9
    )
    assert "SPAM is not answered here" in said["perspective-api-client refused"]
    assert said["perspectiveapi-js-client"]["TOXICITY"] > 0.9
    assert "400" in said["perspectiveapi-js-client refused"]


# What Coral sends


def test_coral_asks_and_suggests(closed: Closed) -> None:
    asked = {
        "comment": {"text": BAD},
        "doNotStore": True,
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    suggested = {
        "comment": {"text": BAD},
        "context": {"entries": [{"text": '{"url":"https://forum.example/1","reply_to":null}'}]},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "languages": ["en"],
        "communityId": "Coral:https://forum.example",
        "clientToken": "comment:7",
    }
    with httpx.Client(base_url=closed.url, params={"key": closed.key}, timeout=60) as coral:
        found = AnalyzeCommentResponse.model_validate_json(coral.post(ANALYZE, json=asked).content)
        assert found.attributeScores is not None
        assert found.attributeScores["TOXICITY"].summaryScore.value > 0.9
        answer = coral.post(SUGGEST, json=suggested)
        assert SuggestCommentScoreResponse.model_validate_json(answer.content).clientToken
        assert 'modsvc_suggestions_total{attribute="TOXICITY"}' in coral.get("/metrics").text


# The dialect


def test_the_answer_has_perspectives_shape(client: httpx.Client) -> None:
    body = ask(BAD, sessionId="s", communityId="c", clientToken="t", languages=["en"])
    answer = client.post(ANALYZE, json=body).json()
    assert set(answer) == {"attributeScores", "languages", "detectedLanguages", "clientToken"}
    assert (answer["languages"], answer["clientToken"]) == (["en"], "t")
    toxicity = answer["attributeScores"]["TOXICITY"]
    assert toxicity["spanScores"] == [
        {"begin": 0, "end": len(BAD), "score": toxicity["summaryScore"]}
    ]


def test_sentences_are_scored_one_by_one_and_counted_in_utf16(client: httpx.Client) -> None:
    text = f"Hello the women 👩. {BAD}! Hello."
    body = ask(text, "MISOGYNY", spanAnnotations=True)
    spans = client.post(ANALYZE, json=body).json()["attributeScores"]["MISOGYNY"]["spanScores"]
    units = text.encode("utf-16-le")
    parts = [units[2 * one["begin"] : 2 * one["end"]].decode("utf-16-le") for one in spans]
    assert parts == ["Hello the women 👩. ", f"{BAD}! ", "Hello."]
    assert [one["score"]["value"] > 0.5 for one in spans] == [False, True, False]


def test_attributes_below_their_threshold_are_left_out(client: httpx.Client) -> None:
    wanted = {"TOXICITY": {"scoreThreshold": 0.5}, "THREAT": {"scoreThreshold": 0.5}}
    body = {"comment": {"text": BAD}, "requestedAttributes": wanted}
    assert list(client.post(ANALYZE, json=body).json()["attributeScores"]) == ["TOXICITY"]
    body["comment"] = {"text": "hello women"}
    assert "attributeScores" not in client.post(ANALYZE, json=body).json()


def test_names_may_be_in_snake_case_as_googles_json_allows(client: httpx.Client) -> None:
    body = {
        "comment": {"text": BAD},
        "requested_attributes": {"TOXICITY": {"score_threshold": 0.1}},
        "do_not_store": True,
    }
    assert client.post(ANALYZE, json=body).json()["attributeScores"]


def test_a_parent_comment_is_read(client: httpx.Client) -> None:
    context = {"articleAndParentComment": {"parentComment": {"text": "hello the women a"}}}
    [alone, reply] = [
        client.post(ANALYZE, json=ask("hello", languages=["en"], **more)).json()["attributeScores"]
        for more in ({}, {"context": context})
    ]
    assert alone != reply


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"requestedAttributes": {"TOXICITY": {}}}, "COMMENT_EMPTY"),
        (ask(" \n"), "COMMENT_EMPTY"),
        (ask("ы" * 10_241), "COMMENT_TOO_LONG"),
        ({"comment": {"text": "hello"}}, "NO_REQUESTED_ATTRIBUTES"),
        ({"comment": {"text": "hello"}, "requestedAttributes": {}}, "NO_REQUESTED_ATTRIBUTES"),
        (ask("hello", languages=["kk"]), "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"),
        (ask("12 34 !!"), "LANGUAGE_DETECTION_FAILED"),
        (ask("hello", "SEVERE_TOXICITY"), "INVALID_REQUEST"),
        (ask("hello", "NONSENSE"), "INVALID_REQUEST"),
        (ask("hello", languages=["not a tag"]), "INVALID_REQUEST"),
        (ask("hello", unknown=1), "INVALID_REQUEST"),
        ({**ask("hello"), "comment": {"text": "<b>a</b>", "type": "HTML"}}, "INVALID_REQUEST"),
        ([], "INVALID_REQUEST"),
    ],
)
def test_what_perspective_refuses_is_refused_by_its_types(
    client: httpx.Client, body: Any, expected: str
) -> None:
    answer = client.post(ANALYZE, json=body)
    assert error_type(answer) == expected
    assert "NONSENSE" not in answer.text


def test_a_comment_of_as_many_bytes_as_perspective_takes_is_taken(client: httpx.Client) -> None:
    assert client.post(ANALYZE, json=ask("a" * 20_480, languages=["en"])).status_code == 200
    assert client.post(ANALYZE, json=ask("ы" * 10_240, languages=["ru"])).status_code == 200


def test_what_is_refused_is_left_out_where_the_client_says_so(client: httpx.Client) -> None:
    drop = {"dropUnsupportedAttributes": True}
    answer = client.post(ANALYZE, json=ask(BAD, "SPAM", "TOXICITY", **drop)).json()
    assert list(answer["attributeScores"]) == ["TOXICITY"]
    answer = client.post(ANALYZE, json=ask("hello", languages=["kk"], **drop)).json()
    assert answer["languages"] == ["kk"]
    assert "attributeScores" not in answer


def test_of_several_languages_the_detected_one_holds(client: httpx.Client) -> None:
    for languages, status in ((["kk", "en"], 200), (["kk", "ka"], 400)):
        text = "Women belong in every room, and everybody knows it."
        answer = client.post(ANALYZE, json=ask(text, languages=languages))
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["languages"] == languages
            assert answer.json()["detectedLanguages"] == ["en"]


def test_keys_come_by_query_or_header_and_in_a_query_only_here(closed: Closed) -> None:
    body = ask(BAD)
    with httpx.Client(base_url=closed.url, timeout=60) as client:
        for sent in (
            {"params": {"key": closed.key}},
            {"headers": {"X-Goog-Api-Key": closed.key}},
            {"headers": {"Authorization": f"Bearer {closed.key}"}},
        ):
            assert client.post(ANALYZE, json=body, **sent).status_code == 200
        for key, status in ((None, "UNAUTHENTICATED"), (closed.other, "PERMISSION_DENIED")):
            answer = client.post(ANALYZE, json=body, params={"key": key} if key else {})
            assert answer.json()["error"]["status"] == status
        score = client.post("/v1/score", params={"key": closed.key}, json={"text": "hello"})
        assert score.status_code == 401


def test_a_suggestion_needs_a_text_and_a_score(client: httpx.Client) -> None:
    assert error_type(client.post(SUGGEST, json={"comment": {}})) == "COMMENT_EMPTY"
    body = {"comment": {"text": "hello"}, "attributeScores": {}}
    assert error_type(client.post(SUGGEST, json=body)) == "NO_REQUESTED_ATTRIBUTES"


def test_the_discovery_document_names_the_address_that_was_asked(client: httpx.Client) -> None:
    document = client.get("/$discovery/rest", params={"version": "v1alpha1"}).json()
    assert document["rootUrl"] == f"{client.base_url}/"
    named = set(document["schemas"])
    for method in document["resources"]["comments"]["methods"].values():
        assert {method["request"]["$ref"], method["response"]["$ref"]} <= named
        assert client.post(document["rootUrl"] + method["path"], json={}).status_code == 400
    assert client.get("/$discovery/rest", params={"version": "v2"}).status_code == 400


def test_every_attribute_is_answered_or_refused_with_a_reason() -> None:
    six = {"TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"}
    assert six | {"SEXUALLY_EXPLICIT"} <= set(ANSWERED) | set(REFUSED)
    assert not set(ANSWERED) & set(REFUSED)
    assert all(one.labels and one.why for one in ANSWERED.values())
    assert all(REFUSED.values())


def test_sentences_cover_the_text_whatever_it_is() -> None:
    for text in (
        "",
        "a",
        "a. b",
        "。。。a",
        "..." * 3,
        "女性。女性！好",
        "a\n\nb",
        "‘a.’ b",
        "." * 20_000,
    ):
        found = sentences(text, 5)
        assert "".join(one.text for one in found) == text
        assert len(found) <= 5
    assert [one.text for one in sentences("女性。女性！好", 9)] == ["女性。", "女性！", "好"]
