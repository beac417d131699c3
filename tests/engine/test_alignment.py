"""What the model saw is found again in what the person wrote."""

import pytest
from hypothesis import given, settings

from modsvc.engine.alignment import align
from tests.engine.test_normalise import AWKWARD
from tests.fuzz import targets


@settings(max_examples=500)
@given(AWKWARD)
def test_the_text_is_the_normalisers_and_every_character_has_an_origin(text: str) -> None:
    targets.alignment(text)


@pytest.mark.parametrize(
    ("written", "seen", "found"),
    [
        ("you  are  dumb", "dumb", "dumb"),
        ("you are d\u200bum\u200bb!", "dumb", "d\u200bum\u200bb"),
        ("you are ｄｕｍｂ", "dumb", "ｄｕｍｂ"),
        ("so duuuuuuumb", "dumb", "duuuuuuumb"),
        ("@anna.b cafe\u0301 now", "café", "cafe\u0301"),
        ("see https://example.org/x you", "[url]", "https://example.org/x"),
        ("각 \u1100\u1161\u11a8 now", "각 now", "\u1100\u1161\u11a8 now"),
        ("ﬁne", "f", "ﬁ"),
        ("you s t u p i d b1rds", "stupid", "s t u p i d"),
        ("you s t u p i d b1rds", "birds", "b1rds"),
        ("Privet,  segodnya  idyom v kino", "сегодня", "segodnya"),
        ("Sabah  hava yaxsi olsa,  denize gederik", "dənizə", "denize"),
    ],
)
def test_a_part_is_found_where_it_was_written(written: str, seen: str, found: str) -> None:
    aligned = align(written)
    start = aligned.text.rindex(seen)
    first, last = aligned.original(start, start + len(seen))
    assert written[first:last] == found
