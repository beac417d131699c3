"""A platform's program scores, keeps, asks and erases, at the real service."""

import itertools
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI

from modsvc.app import create_app
from modsvc.client import Content, Forbidden, Invalid, NotFound, Text, TooLarge, Unauthorised
from modsvc.client.connection import API_KEY
from modsvc.labels import CATEGORIES
from modsvc.store import api_keys
from modsvc.store.events import SYSTEM
from tests.api.serving import make_settings, on_socket
from tests.client.conftest import Connect


@pytest.fixture(scope="module")
def app(tiny_artifact: Path) -> FastAPI:
    """A service with limits that a test reaches."""
    limits = {"max_items": 10, "max_body_bytes": 20_000, "max_text_chars": 5000}
    return create_app(make_settings(tiny_artifact, **limits))


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    with on_socket(app) as url:
        yield url


def test_one_text_is_scored(connect: Connect, url: str) -> None:
    score = connect(url).score("hello threatsword")
    assert (score.flagged, score.action, score.language) == (True, "withhold", "en")
    assert score.probability is not None
    assert score.categories is not None
    assert tuple(score.categories) == CATEGORIES
    assert score.categories["threats"] > 0.9 > score.categories["derogation"]
    assert score.policy_version.startswith("default-1+")
    assert (score.model_version, score.spans) == ("tiny-1", None)


def test_what_is_known_of_a_text_is_sent_with_it(connect: Connect, url: str) -> None:
    text = Text("a 🌻 hateword", id="c1", language="es", parent="the women", explain=True)
    [score, plain] = connect(url).score([text, "hello"])
    assert (score.id, score.language, score.language_confidence) == ("c1", "es", 1.0)
    assert score.spans is not None
    assert text.text[score.spans[0].start : score.spans[0].end] == "hateword"
    assert score.spans[0].weights["misogyny"] > 0.5
    assert (plain.id, plain.flagged) == (None, False)


def test_half_an_emoji_is_scored_too(connect: Connect, url: str) -> None:
    assert connect(url).score("hateword \ud83d").flagged


def test_a_list_longer_than_the_service_takes_is_cut_by_the_client(
    connect: Connect, url: str, app: FastAPI
) -> None:
    texts = [f"hello {'hateword' if n % 7 == 0 else 'women'} {n}" for n in range(57)]
    for limits in ({"max_items": 10}, {"max_items": 10, "max_body_bytes": 80}, {}):
        scores = connect(url, **limits).score(texts)
        assert [score.flagged for score in scores] == [n % 7 == 0 for n in range(57)]
    assert connect(url).score([]) == []


def test_bodies_are_cut_to_the_size_that_the_service_takes(connect: Connect, url: str) -> None:
    texts = [f"{n} " + "women " * 800 for n in range(9)]
    for limits in ({"max_body_bytes": 20_000}, {}):
        assert len(connect(url, **limits).score(texts)) == 9


def test_a_text_that_is_too_long_is_refused_without_being_shown(connect: Connect, url: str) -> None:
    with pytest.raises(TooLarge) as refused:
        connect(url).score(["hello", "xyzzy " * 1000, "hello"])
    assert refused.value.status == 413
    assert refused.value.type == "urn:modsvc:problem:too-large"
    assert "5000" in refused.value.detail
    assert "xyzzy" not in str(refused.value)


def test_an_error_names_the_place_and_the_request(connect: Connect, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        connect(url).score(["hello", Text("xyzzy", language="xyzzy!")])
    assert [at for at, _ in refused.value.errors] == ["items.1.language"]
    assert refused.value.request_id is not None
    assert refused.value.request_id in str(refused.value)
    assert "xyzzy" not in str(refused.value)


def test_a_content_is_kept_asked_about_and_erased(connect: Connect, url: str) -> None:
    client = connect(url)
    content = Content(
        content_id=f"c 1?ü%2F#{uuid.uuid4()}",
        text="hello hateword",
        language="en",
        author_id="ana",
        community="school & work",
        parent="the women",
        url="https://forum.example/c1",
        created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )
    kept = client.ingest(content)
    assert (kept.id, kept.community, kept.version) == (content.content_id, content.community, 1)
    assert kept.item is not None
    # Sent again it is the same; edited it is another version.
    assert client.ingest(content) == kept
    state = client.state(content.content_id, content.community)
    assert (state.decision, state.status, state.categories) == (kept.decision, "pending", None)
    assert [event.kind for event in state.events] == ["received", "decided", "flagged"]
    assert (state.received_at.tzinfo, state.erased_at) == (UTC, None)
    client.erase(content.content_id, content.community)
    erased = client.state(content.content_id, content.community).erased_at
    assert erased is not None
    assert erased >= state.received_at
    for ask in (client.state, client.erase):
        with pytest.raises(NotFound):
            ask(content.content_id)


def test_many_contents_are_kept_in_parts_and_in_order(connect: Connect, url: str) -> None:
    client = connect(url)
    contents = [Content(f"many-{n}", f"hello {n}", author_id="..") for n in range(33)]
    kept = client.ingest(contents, idempotency_key=f"of {type(client).__name__}")
    assert [one.id for one in kept] == [content.content_id for content in contents]
    # The same list under the same key is the same request, cut in the same places.
    again = connect(url).ingest(contents, idempotency_key=f"of {type(client).__name__}")
    assert again == kept
    assert client.erase_author("..") in (33, 0)
    assert client.erase_author("..") == 0


def test_who_does_not_wait_learns_the_decision_later(connect: Connect, url: str) -> None:
    client = connect(url)
    content = Content(f"later-{uuid.uuid4()}", "hello hateword")
    assert client.ingest([content], wait=False)[0].decision is None
    give_up = time.monotonic() + 60
    while (state := client.state(content.content_id)).decision is None:
        assert (state.status, state.action) == ("waiting", None)
        assert time.monotonic() < give_up
    assert (state.status, state.action) == ("pending", state.decision.action)
    assert client.ingest(content, wait=False).decision == state.decision


def test_the_words_that_were_kept_are_not_in_the_results(connect: Connect, url: str) -> None:
    client = connect(url)
    content = Content("quiet", "hello hateword")
    assert "hateword" not in repr([client.ingest(content), client.state("quiet")])


def test_a_key_comes_from_the_argument_or_the_environment(
    connect: Connect, tiny_artifact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(make_settings(tiny_artifact))
    with app.state.service.database.transaction() as session:
        token = api_keys.add(session, "test", ["score"], actor=SYSTEM).token
    with on_socket(app) as url:
        with pytest.raises(Unauthorised):
            connect(url).score("hello")
        assert not connect(url, token).score("hello").flagged
        monkeypatch.setenv(API_KEY, token)
        client = connect(url)
        assert not client.score("hello").flagged
        with pytest.raises(Forbidden, match="ingest"):
            client.state("c1")
        with pytest.raises(Unauthorised) as refused:
            connect(url, "xyzzy").score("hello")
        assert "xyzzy" not in str(refused.value)


def test_a_restart_in_the_middle_is_not_noticed(connect: Connect, tiny_artifact: Path) -> None:
    settings = make_settings(tiny_artifact)
    gone, back = threading.Event(), threading.Event()

    def restart() -> None:
        with on_socket(create_app(settings)) as url:
            port.append(int(url.rpartition(":")[2]))
            started.set()
            gone.wait(300)
        time.sleep(0.7)
        with on_socket(create_app(settings), port[0]):
            back.set()
            ended.wait(300)

    port: list[int] = []
    started, ended = threading.Event(), threading.Event()
    server = threading.Thread(target=restart)
    server.start()
    try:
        assert started.wait(60)
        client = connect(f"http://127.0.0.1:{port[0]}")
        for number in itertools.count():
            if number >= 40 and back.is_set():
                break
            if number == 10:
                gone.set()
            kept = client.ingest(Content(f"c{number}", f"hello {number}"))
            assert (kept.id, kept.version) == (f"c{number}", 1)
            assert not client.score(f"women {number}").flagged
            if number > 10 and not back.is_set():
                time.sleep(0.01)
        assert client.state(f"c{number - 1}").version == 1
    finally:
        gone.set()
        ended.set()
        server.join()


def test_an_author_appeals_and_learns_how_it_stands(connect: Connect, url: str) -> None:
    client, name = connect(url), f"objected-{uuid.uuid4()}"
    kept = client.ingest(Content(name, "hello threatsword", community="school"))
    assert kept.decision.action == "withhold"
    made = client.appeal(name, "I was quoting 🌻 him.", community="school", contact="user-7")
    assert (made.content_id, made.community, made.version) == (name, "school", 1)
    assert (made.state, made.outcome, made.resolved_at) == ("open", None, None)
    assert client.appeal_state(made.id) == made
    with pytest.raises(Forbidden) as refused:
        client.appeal(name, "xyzzy", community="school")
    assert "xyzzy" not in str(refused.value)
    with pytest.raises(NotFound):
        client.appeal(name, "xyzzy")
    with pytest.raises(NotFound):
        client.appeal_state("../policies")


def test_it_needs_nothing_of_the_service() -> None:
    code = (
        "import sys;"
        "needless = ('onnxruntime', 'numpy', 'pydantic', 'fastapi', 'sqlalchemy', 'uvicorn');"
        "sys.modules.update(dict.fromkeys(needless));"
        "import modsvc.client;"
        "print(sorted(name for name in sys.modules if name.startswith('modsvc')"
        " and not name.startswith('modsvc.client')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        ["modsvc", "modsvc.labels", "modsvc.webhooks", "modsvc.webhooks.signature"]
    )
