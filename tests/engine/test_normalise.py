"""The normaliser: what it masks, what it keeps, and that it may be applied twice."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modsvc.engine.normalise import MAX_RUN, has_letters, normalise, to_form
from tests.fuzz import targets

AWKWARD = st.text(
    st.one_of(
        st.characters(), st.sampled_from("@.u/-+0123456789 a[]|d\u200d\u200c\u0301é:w\ud800")
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("", ""),
        ("   \u200b\u2060 ", ""),
        ("hello @anna.b, look", "hello @user, look"),
        ("(@anna)", "(@user)"),
        ("see https://example.org/a?b=c now", "see [url] now"),
        ("write to me.too@example.org", "write to [email]"),
        ("call +996 (555) 12-34-56 today", "call [phone] today"),
        ("in 2019 it cost 1,500,000 som", "in 2019 it cost 1,500,000 som"),
        ("ask u/some_name or /u/other-name", "ask @user or @user"),
        ("[id123|Анна] привет", "@user привет"),
        ("[id1|[id2|Анна]] привет", "[id1|@user] привет"),
        (f"[id1|Анна{'!' * 200}] привет", "@user привет"),
        ("!!!!!!!!", "!!!"),
        ("ｆｕｌｌ　width", "full width"),
        ("hid\u200bden\u00ad word", "hidden word"),
        ("\u202eright to left override", "right to left override"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200db", "ab"),
        ("👩\u200d💻 works", "👩\u200d💻 works"),
        ("broken \ud83d half", "broken \ufffd half"),
        ("cafe\u0301", "café"),
    ],
)
def test_what_a_person_wrote_and_what_the_model_sees(written: str, seen: str) -> None:
    assert normalise(written) == seen


@settings(max_examples=500)
@given(AWKWARD)
def test_applying_it_twice_changes_nothing(text: str) -> None:
    targets.normaliser(text)


@given(AWKWARD)
def test_the_result_is_encodable_trimmed_and_without_long_runs(text: str) -> None:
    result = normalise(text)
    result.encode("utf-8")
    assert result == result.strip()
    letters = [letter for letter in set(result) if letter.isalpha()]
    assert all(letter * (MAX_RUN + 1) not in result for letter in letters)


@given(st.text("abcdef ", max_size=30), st.integers(4, 50))
def test_stretching_a_letter_further_makes_no_difference(text: str, times: int) -> None:
    assert normalise(f"{text} n{'o' * times}") == normalise(f"{text} n{'o' * 4}")


MARKS = "\u0301\u0316\u0344\u0345\u0334\u0f73\u0f75\uff9e\uff9f\u3099\u05b8\u094d\u0e38\u1dfa"


@settings(max_examples=200)
@given(
    st.lists(st.text(MARKS + "aéか각ᄀ👩\u200d ", min_size=1, max_size=90), min_size=1, max_size=4),
    st.sampled_from(["NFC", "NFKC"]),
)
def test_long_runs_of_marks_come_to_the_form_that_unicode_says(
    runs: list[str], form: Literal["NFC", "NFKC"]
) -> None:
    # Repeated, because short texts are left to Python's own way.
    text = "".join(run * 20 for run in runs).ljust(600, "é")
    assert to_form(form, text) == unicodedata.normalize(form, text)


@pytest.mark.parametrize(("text", "found"), [("привет", True), ("123 !!! 😀", False), ("ა", True)])
def test_only_letters_make_a_text(text: str, found: bool) -> None:
    assert has_letters(text) is found
