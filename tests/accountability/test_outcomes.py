"""What is restricted is the same to the desk and to whoever has to account for it."""

from datetime import timedelta
from itertools import product

from modsvc.accountability.outcomes import restricted_since, reviews_of
from modsvc.review.outcome import state
from modsvc.store.database import Database
from modsvc.store.tables import Decision, Item
from tests.accountability.rows import DAY, decide, review, text
from tests.store.rows import decision as made


def item(kind: str, resolution: str, hours: int) -> Item:
    return Item(
        content="c",
        decision="d",
        language="en",
        severity=1.0,
        kind=kind,
        state="resolved",
        resolution=resolution,
        resolved_at=DAY + timedelta(hours=hours),
    )


def test_the_desk_and_the_statements_agree_on_what_is_restricted() -> None:
    resolutions = ("uphold", "overturn", "escalate")
    for action, first, appealed, settled in product(
        ("allow", "review", "withhold"), *[resolutions] * 3
    ):
        decision = made("c", action=action, decided_at=DAY)
        kinds = (("first", first), ("appeal", appealed), ("adjudication", settled))
        reviews = [item(*kind, hours) for hours, kind in enumerate(kinds, start=1)]
        for count in range(4):
            restricted = restricted_since(decision, reviews[:count]) is not None
            assert restricted == (state(decision, reviews[:count]).action == "withhold"), kinds


def since(action: str, *reviews: Item) -> float | None:
    """Hours after the day's noon."""
    found = restricted_since(made("c", action=action, decided_at=DAY), reviews)
    return None if found is None else (found - DAY) / timedelta(hours=1)


def test_a_restriction_lasts_from_the_first_that_was_not_overturned() -> None:
    upheld, again = item("first", "uphold", 2), item("appeal", "uphold", 5)
    overturned = item("first", "overturn", 3)
    assert since("withhold") == 0
    assert since("withhold", upheld) == 0
    assert since("review", upheld, again) == 2
    assert since("withhold", overturned, again) == 5
    assert since("review") is None
    assert since("withhold", upheld, item("appeal", "overturn", 5)) is None


def test_the_last_word_is_an_appeals_even_if_a_first_review_came_later(
    database: Database,
) -> None:
    with database.transaction() as session:
        decision = decide(session, text(session, "c1"))
        review(session, decision, "overturn", hours=9)
        last = review(session, decision, "uphold", hours=3, kind="appeal")
        review(session, decision, "overturn", hours=10, kind="second")
        review(session, decision, "overturn", hours=11, state="claimed")
    with database.reading() as session:
        found = reviews_of(session, [decision.content])
        assert [one.resolution for one in found[decision.content]] == ["overturn", "uphold"]
        assert found[decision.content][-1].id == last.id
        assert restricted_since(session.get_one(Decision, decision.id), found[decision.content])
