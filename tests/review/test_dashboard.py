"""A lead looks at the numbers of the day, language by language."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modsvc.review import dashboard
from modsvc.review.drift import BINS, meaning, psi
from modsvc.review.reliability import label_agreement, reliability
from modsvc.store import contents, decisions
from modsvc.store.contents import Draft
from tests.review.desk import NOW, Desk
from tests.store.rows import decision

TOMORROW = NOW + timedelta(days=1)

counts = st.lists(st.integers(0, 1000), min_size=BINS, max_size=BINS).filter(any)


def allow(desk: Desk, language: str, probability: float) -> None:
    with desk.database.transaction() as session:
        draft = Draft(content_id=f"{language} {probability}", text="Hello")
        content = contents.put(session, draft, actor="key").content
        session.flush()
        row = decision(
            content.id,
            action="allow",
            language=language,
            probability=probability,
            decided_at=desk.now,
        )
        decisions.record(session, row)


def test_a_day_in_numbers(desk: Desk) -> None:
    ana = desk.person("ana")
    for probability in (0.01, 0.02, 1.0):
        allow(desk, "ru", probability)
    allow(desk, "es", 0.1)
    reviewed = [desk.flag(language="ru", probability=p, derogation=p) for p in (0.95, 0.91, 0.65)]
    for item, resolution in zip(reviewed, ("uphold", "uphold", "overturn"), strict=True):
        desk.wait(minutes=10)
        desk.settle(ana, item, resolution, *(["threats"] if resolution == "uphold" else []))
    waits = desk.flag(language="ru", threats=0.9)
    desk.flag(language="tr", probability=None, categories=None, score_failed="engine_failure")
    with desk.database.reading() as session:
        spanish, russian, turkish = dashboard.live(session, NOW, TOMORROW, {"ru": [1] * BINS})
        yesterday = dashboard.live(session, NOW - timedelta(days=1), NOW)
    assert (spanish.language, spanish.volume, spanish.flag_rate) == ("es", 1, 0.0)
    assert (spanish.drift, spanish.overturn_rate, spanish.median_s) == (None, None, None)
    assert (russian.volume, russian.flagged, russian.backlog) == (7, 4, 1)
    assert russian.oldest == desk.item(waits).created_at
    assert russian.scores == (2, 0, 0, 0, 0, 0, 1, 0, 0, 4)
    assert russian.drift is not None
    assert russian.drift > 0.25
    assert (russian.reviewed, russian.overturn_rate) == (3, pytest.approx(1 / 3))
    assert (russian.median_s, russian.p90_s) == (1200.0, pytest.approx(1680.0))
    agreed = {row.label: (row.compared, row.agreed) for row in russian.agreement}
    assert agreed["misogyny"] == (3, 2)
    assert agreed["derogation"] == (3, 0)
    assert agreed["threats"] == (3, 1)
    assert agreed["toxic_other"] == (2, 2)
    filled = {row.low: (row.count, row.share) for row in russian.calibration if row.count}
    assert filled == {0.6: (1, 0.0), 0.9: (2, 1.0)}
    assert (turkish.volume, turkish.flagged, sum(turkish.scores)) == (1, 1, 0)
    # The backlog is of now, whatever the time that was asked for.
    assert [(row.language, row.volume, row.backlog) for row in yesterday] == [
        ("ru", 0, 1),
        ("tr", 0, 1),
    ]


@given(counts, counts)
def test_drift_is_nothing_for_the_same_and_grows_from_there(
    seen: list[int], reference: list[int]
) -> None:
    assert psi(seen, seen) == pytest.approx(0)
    assert psi(seen, [10 * count for count in seen]) == pytest.approx(0)
    there, back = psi(seen, reference), psi(reference, seen)
    assert there is not None
    assert there >= 0
    assert there == pytest.approx(back)


def test_what_drift_means_by_custom() -> None:
    assert [meaning(index) for index in (0.0, 0.099, 0.1, 0.249, 0.25, 4.0)] == [
        *("steady", "steady", "moved", "moved", "drifted", "drifted"),
    ]


def test_drift_of_nothing() -> None:
    assert psi([0] * BINS, [1] * BINS) is None
    assert psi([1] * BINS, [0] * BINS) is None
    with pytest.raises(ValueError, match="bins"):
        psi([1], [1, 2])
    assert psi([1, 0], [1, 1]) == pytest.approx(4.6, abs=0.05)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1))))
def test_every_reviewed_text_is_in_one_bin(pairs: list[tuple[float, int]]) -> None:
    table = reliability(pairs)
    assert len(table) == BINS
    assert sum(row.count for row in table) == len(pairs)
    for row in table:
        if row.mean_probability is not None:
            assert row.low - 1e-9 <= row.mean_probability <= row.high + 1e-9
    assert label_agreement("x", pairs).compared == len(pairs)
    assert label_agreement("x", []).rate is None
