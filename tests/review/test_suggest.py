"""What is worth a person's minute: chosen for a reason, put into the queue, and looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from modsvc.review import dashboard
from modsvc.review.suggest import label_errors, ngrams
from modsvc.review.suggest.choose import SHARES, choose
from modsvc.review.suggest.enqueue import SAMPLE, enqueue
from modsvc.review.suggest.neighbours import nearest
from modsvc.review.suggest.scores import disagreement, novelty, uncertainty
from modsvc.review.suggest.shares import Known, spread
from modsvc.review.suggest.suggest import Asked, Suggestion, suggest
from modsvc.store import contents, decisions, erasure, verify
from modsvc.store.columns import new_id, utcnow
from modsvc.store.contents import Draft
from modsvc.store.tables import Event
from tests.review.desk import NOW, Desk
from tests.store.rows import decision

WORDS = (
    *("river", "apple", "stone", "cloud", "paper", "green"),
    *("winter", "music", "garden", "letter", "window", "silver"),
)


def sentence(number: int, *extra: str) -> str:
    """Some words, others for each number."""
    rng = np.random.default_rng(number)
    return " ".join([*rng.choice(WORDS, 6), str(rng.integers(1000)), *extra])


def allow(desk: Desk, text: str, probability: float, **more: Any) -> str:
    """A text that the policy let pass; its content's id."""
    with desk.database.transaction() as session:
        draft = Draft(text=text, content_id=more.pop("content_id", new_id()))
        content = contents.put(session, draft, actor="key").content
        session.flush()
        fields = {"language": "en", "action": "allow", "decided_at": desk.now, **more}
        row = decision(content.id, probability=probability, **fields)
        decisions.record(session, row)
        return content.id


def asked(desk: Desk, limit: int = 8, **more: Any) -> list[Suggestion]:
    """What is suggested now, of the last 30 days."""
    month = desk.now - timedelta(days=30)
    given = {"since": month, "received_since": month, "now": desk.now, **more}
    with desk.database.reading() as session:
        return suggest(session, Asked(limit=limit, **given))


def by_reason(found: Sequence[Suggestion]) -> Mapping[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for one in found:
        reasons.setdefault(one.reason, []).append(one.content)
    return reasons


def test_texts_that_the_model_is_least_sure_of_come_first(desk: Desk) -> None:
    for number in range(20):
        allow(desk, sentence(number), 0.02)
    doubted = {allow(desk, sentence(100 + number), 0.45) for number in range(4)}
    found = asked(desk)
    assert len(found) == 8
    assert doubted <= {one.content for one in found}
    assert {
        one.content for one in found if one.reason == "uncertain" and one.score > 0.5
    } <= doubted
    # One in eight is drawn by chance, and twice the same draw is the same.
    assert len(by_reason(found)["chance"]) >= 1
    assert asked(desk) == found
    assert asked(desk, seed=5) != found


def test_a_text_whose_neighbours_people_found_abusive_is_asked_about(desk: Desk) -> None:
    ana = desk.person("ana")
    for number in range(6):
        text = f"go back to your kitchen woman nobody asked {WORDS[number]}"
        desk.settle(ana, desk.flag(text, probability=0.9), "uphold", "stereotyping")
    missed = allow(desk, "go back to your kitchen woman nobody asked ever", 0.03)
    for number in range(30):
        allow(desk, sentence(number), 0.03)
    assert by_reason(asked(desk))["neighbours"] == [missed]


def test_a_campaign_that_began_this_week_is_noticed(desk: Desk) -> None:
    desk.now = NOW - timedelta(days=20)
    for number in range(60):
        allow(desk, sentence(number), 0.03)
    desk.now = NOW
    for number in range(60, 75):
        allow(desk, sentence(number), 0.03)
    new = {allow(desk, f"the zorgle sisters are zorgling again {word}", 0.03) for word in WORDS}
    found = asked(desk, limit=16)
    drifted = by_reason(found)["drifted"]
    assert set(drifted) <= new
    # One of twelve that are nearly the same is enough, as long as there are others.
    assert Counter(one.content in new for one in found)[True] < 6


def test_nobody_is_asked_twice_and_nothing_that_is_erased(desk: Desk) -> None:
    ana = desk.person("ana")
    desk.settle(ana, desk.flag(sentence(1)), "overturn")
    desk.flag(sentence(2))
    allow(desk, sentence(3), 0.4, content_id="gone")
    free = allow(desk, sentence(4), 0.4)
    before = asked(desk)
    with desk.database.transaction() as session:
        erasure.erase(session, "", "gone", actor="key")
    assert {one.content for one in asked(desk)} == {free}
    later = utcnow() + timedelta(days=1)
    assert asked(desk, received_since=later) == []
    with desk.database.transaction() as session:
        made = enqueue(session, before, actor="operator", now=desk.now)
        assert [item.content for item in made] == [free]
        assert enqueue(session, before, actor="operator", now=desk.now) == []
    assert asked(desk) == []


def test_a_sample_waits_like_any_item_and_counts_as_no_false_alarm(desk: Desk) -> None:
    ana = desk.person("ana")
    content = allow(desk, sentence(1), 0.45)
    with desk.database.transaction() as session:
        [item] = enqueue(session, asked(desk), actor="operator", now=desk.now)
    state = desk.state(item.id)
    assert (state.action, state.status) == ("allow", "pending")
    with desk.database.reading() as session:
        event = session.query(Event).filter_by(item=item.id).one()
        assert event.data[SAMPLE] in {"uncertain", "chance"}
        assert list(verify.verify(session)) == []
    assert desk.claim(ana) == item.id
    desk.resolve(ana, item.id, "overturn")
    assert desk.state(item.id).action == "allow"
    with desk.database.reading() as session:
        day = timedelta(days=1)
        [numbers] = dashboard.live(session, desk.now - day, desk.now + day)
    assert (numbers.reviewed, numbers.overturned) == (0, 0)
    # ... but it is what tells whether low probabilities can be trusted.
    assert sum(row.count for row in numbers.calibration) == 1
    assert content == item.content


def test_a_doubtful_review_gets_a_blind_second_look(desk: Desk) -> None:
    pytest.importorskip("cleanlab", reason="doubtful reviews are found by the extra `active`")
    ana, ben = desk.person("ana"), desk.person("ben")
    for number in range(8):
        desk.settle(ana, desk.flag(sentence(number), probability=0.95), "uphold", "derogation")
        desk.settle(ana, desk.flag(sentence(50 + number), probability=0.1), "overturn")
    slip = desk.flag(sentence(200), probability=0.99)
    desk.settle(ana, slip, "overturn")
    found = asked(desk)
    assert [(one.reason, one.review) for one in found] == [("label", slip)]
    with desk.database.transaction() as session:
        [second] = enqueue(session, found, actor="operator", now=desk.now)
    assert (second.kind, second.first) == ("second", slip)
    assert desk.claim(ana) is None
    assert desk.claim(ben) == second.id
    assert asked(desk) == []


def test_labels_that_fit_are_not_doubted() -> None:
    pytest.importorskip("cleanlab", reason="doubtful reviews are found by the extra `active`")
    assert label_errors.doubtful([1, 0] * 10, [0.9, 0.1] * 10) == []
    assert label_errors.doubtful([1, 1, 0], [0.9, 0.1, 0.1]) == []


def test_a_language_that_nobody_looked_at_gets_more_than_its_traffic() -> None:
    en, ky = Known(9_000, 5_000, True), Known(1_000, 0, False)
    given = spread(100, {"en": en, "ky": ky, "tk": Known(2, 0, False)})
    assert given["ky"] > given["en"]
    assert sum(given.values()) == 100
    assert given["tk"] == 2
    assert spread(100, {"en": Known(3, 0, True)}) == {"en": 3}
    assert spread(5, {}) == {}
    assert sum(spread(7, {"en": en, "ru": en, "es": en}).values()) == 7


def test_only_languages_that_are_asked_for_are_looked_at(desk: Desk) -> None:
    for language in ("en", "uz", "uz-Cyrl"):
        allow(desk, sentence(len(language)), 0.4, language=language)
    assert {one.language for one in asked(desk, languages=["uz"])} == {"uz", "uz-Cyrl"}
    assert {one.language for one in asked(desk)} == {"en", "uz", "uz-Cyrl"}


def test_a_language_that_was_never_measured_is_drawn_by_chance_more_often(desk: Desk) -> None:
    for number in range(40):
        allow(desk, sentence(number), 0.02 + number / 100, language="ky", supported=False)
        allow(desk, sentence(number), 0.02 + number / 100)
    assert len(by_reason(asked(desk, languages=["ky"]))["chance"]) == 4
    assert len(by_reason(asked(desk, languages=["en"]))["chance"]) == 1


def test_scores_say_what_they_promise() -> None:
    assert uncertainty(np.array([0.0, 0.5, 0.75, 1.0])).tolist() == [0, 1, 0.5, 0]
    texts = ["the same words here", "the same words here!", "quite other letters", ""]
    vectors = ngrams.vectors(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, np.linalg.norm(vectors[3])])
    near = nearest(vectors, k=1)
    assert near.places[0, 0] == 1
    assert near.closeness[0, 0] > 0.8
    # One close neighbour is not heard; two are.
    twice = nearest(ngrams.vectors([texts[0]] * 3), k=2)
    told = np.array([0.1, 1.0, 1.0])
    assert disagreement(np.array([0.1, 0.9, 0.9]), told, twice)[0] == pytest.approx(0.9, abs=1e-6)
    assert disagreement(np.array([0.1, 0.9, 0.9, 0.9]), np.ones(4), near)[2] == 0
    assert novelty(np.ones(4, bool), near).tolist() == [0] * 4


def test_a_single_text_has_no_neighbours() -> None:
    alone = nearest(ngrams.vectors(["hello"]))
    assert alone.places.shape == (1, 0)
    assert disagreement(np.array([0.5]), np.array([0.5]), alone).tolist() == [0]
    assert novelty(np.array([True]), alone).tolist() == [0]


def test_no_two_picks_are_alike_and_the_limit_holds() -> None:
    rng = np.random.default_rng(1)
    texts = [sentence(number // 2) for number in range(40)]
    vectors = ngrams.vectors(texts)
    scores = {"uncertain": rng.random(40), "chance": rng.random(40)}
    picks = choose(scores, vectors, 10, SHARES)
    assert len(picks) == 10
    assert len({texts[pick.row] for pick in picks}) == 10
    assert len(choose(scores, vectors, 100)) == 20
