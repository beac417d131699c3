"""The stand-ins of many publishers, made one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modsvc.engine.normalise import normalise
from training.placeholders import unify_placeholders


@pytest.mark.parametrize(
    ("published", "unified"),
    [
        ("[USER] said so", "@user said so"),
        ("[NAME] and [MENTION]", "@user and @user"),
        ("<user> <handle replaced> <mention>", "@user @user @user"),
        ("@USER @USER gracias", "@user @user gracias"),
        ("MENTION12 no", "@user no"),
        ("@anonymized_account ok", "@user ok"),
        ("@Utilizator42 bine", "@user bine"),
        ("USER, come here", "@user, come here"),
        ("see [URL] or [LINK]", "see [url] or [url]"),
        ("<url> @url", "[url] [url]"),
        ("look HTTPURL", "look [url]"),
        ("<email> [EMAIL]", "[email] [email]"),
        ("<phone> [PHONE]", "[phone] [phone]"),
        ("one<LF>two", "one\ntwo"),
        ("<number> people at <time>", "0 people at 0"),
    ],
)
def test_a_publishers_stand_in_becomes_ours(published: str, unified: str) -> None:
    assert unify_placeholders(published) == unified


@pytest.mark.parametrize(
    "text",
    [
        "USER manual",
        "the user interface",
        "USERS and URLS",
        "a@USERNAME",
        "DEMENTION1",
        "@urls",
        "he is a <b>bold</b> man",
        "user [1]",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert unify_placeholders(text) == text


@pytest.mark.parametrize("ours", ["@user", "[url]", "[email]", "[phone]"])
def test_our_own_stand_ins_pass_through_both_steps(ours: str) -> None:
    assert normalise(unify_placeholders(f"hello {ours}")) == f"hello {ours}"


@given(st.lists(st.sampled_from(["[USER]", "<url>", "USER", "@USER", "<LF>", "word", "[LINK]"])))
def test_a_second_pass_changes_nothing(words: list[str]) -> None:
    once = unify_placeholders(" ".join(words))
    assert unify_placeholders(once) == once
