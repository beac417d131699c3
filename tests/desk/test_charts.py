"""Charts stay inside their drawing, and tables leave as files that run nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modsvc.desk.charts import BELOW, HEIGHT, LEFT, WIDTH, bars, curve, histogram
from modsvc.desk.sheets import Column, Sheet, download

shares = st.floats(0, 1)
tens = st.lists(shares, min_size=10, max_size=10)


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = bars([("en", [4], [4]), ("ru", [1, None], [1, None])], ["number", "number"])
    english, russian = chart.rows
    assert [width for _, width in english.bars] == [WIDTH]
    assert [width for _, width in russian.bars] == [WIDTH / 4, 0]
    below = [y + chart.bar for row in chart.rows for y, _ in row.bars]
    assert below == sorted(below)
    assert below[-1] <= chart.height
    assert russian.y > english.bars[-1][0] + chart.bar
    # A share of everything fills half of the width, not all of it.
    assert bars([("en", [0.5], [0.5])], ["percent"], top=1).rows[0].bars[0][1] == WIDTH / 2
    assert bars([("en", [0], [0])], ["number"]).rows[0].bars[0][1] == 0
    assert bars([], []).height == 0


@given(st.lists(st.tuples(shares, shares, st.integers(1, 10**6))))
def test_a_curve_goes_up_and_to_the_right_within_its_axes(
    points: list[tuple[float, float, int]],
) -> None:
    drawn = curve(points)
    assert len(drawn.points) == len(points)
    for x, y, radius in drawn.points:
        assert LEFT <= x < WIDTH
        assert 0 < y <= HEIGHT - BELOW
        assert 3 <= radius <= 9
    assert [x for x, _, _ in drawn.points] == sorted(x for x, _, _ in drawn.points)


def test_points_of_a_curve() -> None:
    [few, many] = curve([(1, 1, 100), (0, 0, 1)]).points
    assert few[:2] == (LEFT, HEIGHT - BELOW)
    assert many[:2] == (310, 10)
    assert many[2] > few[2]


@given(tens, st.one_of(st.none(), tens))
def test_bins_stand_on_the_floor(seen: list[float], reference: list[float] | None) -> None:
    drawn = histogram(seen, reference)
    for x, y, width, height in drawn.bins:
        assert LEFT < x < x + width < WIDTH
        assert y + height == pytest.approx(HEIGHT - BELOW)
        assert y >= 9.9
    assert len(drawn.outline.split()) == (0 if reference is None else 20)


def test_a_file_runs_nothing_in_a_spreadsheet() -> None:
    columns = (Column("person", "Person", "word"), Column("alpha", "Alpha", "probability"))
    rows = [("=1+1", -0.25), ("+1", None), ("-x", 1 / 3), ("@x", 0), ('ä,"', 1)]
    answer = download(Sheet("people", "People", columns, rows))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert bytes(answer.body).decode().splitlines() == [
        *("person,alpha", "'=1+1,-0.25", "'+1,", "'-x,0.333333", "'@x,0", '"ä,""",1'),
    ]
