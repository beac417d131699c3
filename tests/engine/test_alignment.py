"""What the model saw is found again in what the person wrote."""

import pytest
from hypothesis import given, settings

from modsvc.engine.alignment import align
from modsvc.engine.normalise import normalise
from tests.engine.test_normalise import AWKWARD


@settings(max_examples=500, deadline=None)
@given(AWKWARD)
def test_the_text_is_the_normalisers_and_every_character_has_an_origin(text: str) -> None:
    aligned = align(text)
    assert aligned.text == normalise(text)
    assert len(aligned.ranges) == len(aligned.text)
    assert all(0 <= start < end <= len(text) for start, end in aligned.ranges)


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
    ],
)
def test_a_part_is_found_where_it_was_written(written: str, seen: str, found: str) -> None:
    aligned = align(written)
    start = aligned.text.rindex(seen)
    first, last = aligned.original(start, start + len(seen))
    assert written[first:last] == found
