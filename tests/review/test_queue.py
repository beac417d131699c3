"""A reviewer looks at what waits: in order, in their languages, without what they hide."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from modsvc.review import appeals, pick, queue
from modsvc.review.queue import Filters
from modsvc.store import erasure
from modsvc.store.tables import Account
from tests.review.desk import PLAIN, Desk


def waiting(desk: Desk, account: Account, **filters: object) -> list[str]:
    with desk.database.reading() as session:
        wanted = Filters(**filters)  # type: ignore[arg-type]
        return [row.item for row in queue.page(session, account, wanted, now=desk.now)]


def test_the_most_severe_first_then_the_oldest(desk: Desk) -> None:
    ana = desk.person("ana")
    mild = desk.flag(stereotyping=0.9)
    desk.wait(minutes=1)
    threat = desk.flag(threats=0.9)
    desk.wait(minutes=1)
    about_the_same = desk.flag(threats=0.93)
    assert waiting(desk, ana) == [threat, about_the_same, mild]
    with desk.database.reading() as session:
        second = queue.page(session, ana, limit=1, offset=1, now=desk.now)
    [row] = second
    assert (row.item, row.category, row.severity) == (about_the_same, "threats", 0.9)
    assert [desk.claim(ana) for _ in range(4)] == [threat, about_the_same, mild, None]
    assert waiting(desk, ana) == []


def test_only_what_one_can_read(desk: Desk) -> None:
    russian, cyrillic = desk.flag(language="ru"), desk.flag(language="uz-Cyrl")
    uzbek, quechua = desk.flag(language="uz"), desk.flag(language="qu")
    assert waiting(desk, desk.person("ana", "reviewer", "ru")) == [russian]
    assert waiting(desk, desk.person("ben", "reviewer", "uz")) == [cyrillic, uzbek]
    assert waiting(desk, desk.person("eva", "reviewer", "u")) == []
    assert waiting(desk, desk.person("lea", "lead")) == [russian, cyrillic, uzbek, quechua]


def test_not_what_one_prefers_not_to_see(desk: Desk) -> None:
    ana = desk.person("ana", hidden_categories=["threats", "image_abuse"])
    seen = desk.flag(derogation=0.9, threats=0.4)
    desk.flag(derogation=0.9, threats=0.6)
    desk.flag(image_abuse=0.9)
    unscored = desk.flag(probability=None, categories=None, score_failed="engine_failure")
    assert waiting(desk, ana) == [seen, unscored]


def test_filters(desk: Desk) -> None:
    ana = desk.person("ana")
    old = desk.flag(language="es", community="school", probability=0.6, derogation=0.8)
    desk.wait(hours=2)
    new = desk.flag(language="ru", probability=0.95, threats=0.8)
    assert waiting(desk, ana, language="es") == [old]
    assert waiting(desk, ana, category="threats") == [new]
    assert waiting(desk, ana, community="school") == [old]
    assert waiting(desk, ana, community="") == [new]
    assert waiting(desk, ana, kind="appeal") == []
    assert waiting(desk, ana, older_than=timedelta(hours=1)) == [old]
    assert waiting(desk, ana, newer_than=timedelta(hours=1)) == [new]
    assert waiting(desk, ana, min_probability=0.9) == [new]
    assert waiting(desk, ana, min_probability=0.5, max_probability=0.7) == [old]
    assert desk.claim(ana, Filters(language="es")) == old


def test_counts(desk: Desk) -> None:
    lead = desk.person("lea", "lead")
    with desk.database.reading() as session:
        assert queue.counts(session, lead, now=desk.now).oldest is None
    first = desk.flag(language="ru", threats=0.9)
    desk.wait(hours=1)
    desk.flag(language="ru", derogation=0.9, community="school")
    desk.flag(language="es", probability=None, categories=None, score_failed="engine_failure")
    with desk.database.reading() as session:
        counted = queue.counts(session, lead, now=desk.now)
        assert counted.total == 3
        assert counted.oldest == desk.item(first).created_at
        assert counted.by_language == {"ru": 2, "es": 1}
        assert counted.by_category == {"threats": 1, "derogation": 1, "": 1}
        assert counted.by_community == {"": 2, "school": 1}
        assert counted.by_kind == {"review": 3}
        spanish = queue.counts(session, lead, Filters(language="es"), now=desk.now)
        assert spanish.total == 1


def test_kinds_as_reviewers_see_them(desk: Desk) -> None:
    desk.practice = replace(PLAIN, second_share=1.0)
    ana, ben = desk.person("ana"), desk.person("ben")
    item = desk.flag()
    machine = desk.flag(action="withhold")
    desk.settle(ana, item, "uphold")
    [second] = desk.items("second")
    assert set(waiting(desk, ben, kind="review")) == {second.id, machine}
    with desk.database.transaction() as session:
        for one in (item, machine):
            appeals.start(session, desk.content(one).id, "Why?", actor="key")
    [asked] = desk.items("appeal")
    # The first review of the other one has the appellant's words in view.
    assert set(waiting(desk, ben, kind="appeal")) == {asked.id, machine}
    with desk.database.reading() as session:
        assert queue.counts(session, ben, now=desk.now).by_kind == {"review": 1, "appeal": 2}
        assert queue.claimable(session, ben, [asked.id, machine, item], now=desk.now) == {
            *(asked.id, machine)
        }
        assert queue.claimable(session, ana, [asked.id], now=desk.now) == set()


@pytest.mark.parametrize("before", [True, False])
def test_nobody_is_asked_about_what_was_erased(desk: Desk, before: bool) -> None:
    ana = desk.person("ana")
    item = desk.flag(content_id="gone")
    if not before:
        desk.claim(ana)
        desk.wait(hours=1)
    with desk.database.transaction() as session:
        erasure.erase(session, "", "gone", actor="key")
    assert waiting(desk, ana) == []
    assert desk.claim(ana) is None
    assert desk.item(item).state == ("open" if before else "claimed")


def test_the_quick_way_finds_what_the_list_shows_first(desk: Desk) -> None:
    dice = Random(7)
    languages = ("ru", "ru-Latn", "uz", "uz-Cyrl", "es", "en")
    for _ in range(40):
        desk.wait(seconds=dice.choice((0, 1)))
        scores = {dice.choice(("threats", "derogation")): dice.random()}
        desk.flag(language=dice.choice(languages), community=dice.choice(("", "s")), **scores)
    people = [
        desk.person("ana", "reviewer", "ru", "uz-Cyrl"),
        desk.person("ben", "reviewer", "uz", hidden_categories=["threats"]),
        desk.person("lea", "lead"),
        desk.person("eva", "reviewer", "tr"),
    ]
    asked = [Filters(), Filters(language="ru"), Filters(category="threats"), Filters(community="s")]
    for _ in range(60):
        person, filters = dice.choice(people), dice.choice(asked)
        with desk.database.reading() as session:
            shown = queue.page(session, person, filters, limit=1, now=desk.now)
            found = pick.first(session, person, filters, desk.now)
        assert found == (shown[0].item if shown else None)
        assert desk.claim(person, filters) == found
        # Some leases end on the way.
        desk.wait(seconds=dice.choice((0, 40)))
