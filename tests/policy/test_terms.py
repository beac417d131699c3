"""A lead lists words; texts that contain them are found, others are not."""

from pathlib import Path
from typing import Any

import pytest

from modsvc.engine.normalise import normalise
from modsvc.errors import PolicyError
from modsvc.policy import decide
from modsvc.policy.document import TermEntry
from modsvc.policy.terms import TermList
from tests.policy.strategies import MODEL_POINTS, load_policy, make_score, write_policy


def found(pattern: str, text: str, *, of: str | None = None, in_language: str = "en") -> bool:
    terms = TermList.build([TermEntry(pattern=pattern, kind="block", language=of)], normalise)
    return bool(terms.found(normalise(text), in_language))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("hateword", "hateword"),
        ("hateword", "You HateWord!"),
        ("hateword", "(hateword), she said"),
        ("hateword", "_hateword_"),
        ("Straße", "die STRASSE"),
        ("плохоеслово", "ты Плохоеслово."),
        ("ცუდი", "«ცუდი»"),
        ("कुत्त", "वह कुत्त है"),
        ("سيئة", "كلمة سيئة، نعم"),
        # Scripts without spaces have no boundary to ask for.
        ("坏词", "这是坏词吗"),
        ("คำหยาบ", "นี่คือคำหยาบมาก"),
        ("ひどい語", "とてもひどい語です"),
        # Phrases, whatever the white space.
        ("go home", "Go \n home now"),
        # Disguises.
        ("hateword", "h4t3word"),
        ("hateword", "h a t e w o r d"),
        ("hateword", "h.a.t.e.w.o.r.d"),
        ("hateword", "ha-te-word"),
        ("hateword", "hate_word"),
        ("hateword", "hаtеword"),
        ("hateword", "haaaaateword"),
        ("hateword", "hate\u200bword"),
        ("hateword", "h*teword"),
        ("hateword", "h**eword"),
        # An open end.
        ("hateword*", "hatewording"),
        ("слов*", "словами"),
        ("🐍", "you 🐍"),
        ("1488", "team 1488"),
    ],
)
def test_a_term_is_found_as_a_word(pattern: str, text: str) -> None:
    assert found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("hateword", "hatewords"),
        ("hateword", "unhateword"),
        ("hateword", "hateword2go"),
        ("слово", "условный"),
        ("слово", "словом"),
        # The vowel sign makes another word, and is no letter to many programs.
        ("कुत्त", "वह कुत्ता है"),
        ("سيئة", "مسيئة"),
        ("go home", "go homeward"),
        ("word", "@word hello"),
        ("word", "see https://example.org/word"),
        ("hateword*", "unhateword"),
        # Too little of it can be read.
        ("hateword", "h*****rd"),
        ("hateword", "h*te"),
        ("1488", "in 14881"),
    ],
)
def test_a_part_of_another_word_is_not_the_term(pattern: str, text: str) -> None:
    assert not found(pattern, text)


def test_a_term_of_one_language_is_not_looked_for_in_another() -> None:
    assert found("once", "once", of="es", in_language="es")
    assert found("once", "once", of="es", in_language="es-MX")
    assert not found("once", "once", of="es", in_language="en")
    assert not found("once", "once", of="es", in_language="und")


@pytest.mark.parametrize("pattern", ["*", "\u200b", " ", "@someone", "https://a.example", "a@b.cd"])
def test_a_pattern_that_would_match_nothing_or_all_mentions_is_refused(pattern: str) -> None:
    with pytest.raises(PolicyError, match=r"terms\.0\.pattern"):
        TermList.build([TermEntry(pattern=pattern, kind="block")], normalise)


@pytest.mark.parametrize(
    ("terms", "probability", "action", "reason_codes"),
    [
        ({"block"}, 0.1, "review", ("term_block",)),
        ({"block"}, 0.5, "review", ("misogyny_review", "term_block")),
        ({"block"}, 0.95, "withhold", ("misogyny_withhold", "term_block")),
        ({"watch"}, 0.1, "allow", ("term_watch", "below_thresholds")),
        # Allowed terms explain a score to the reviewer; they never lower it.
        ({"allow"}, 0.95, "withhold", ("misogyny_withhold", "term_allow")),
        ({"allow", "block"}, 0.1, "review", ("term_block", "term_allow")),
    ],
)
def test_what_each_kind_of_term_does(
    terms: Any, probability: float, action: str, reason_codes: tuple[str, ...]
) -> None:
    decision = decide(make_score(probability), load_policy(None, MODEL_POINTS), terms=terms)
    assert (decision.action, decision.reason_codes) == (action, reason_codes)


def test_a_blocked_sign_is_reviewed_though_there_is_no_text() -> None:
    policy = load_policy(None, MODEL_POINTS)
    wordless = make_score(language="und", supported=False, reason="no_text")
    assert decide(wordless, policy, terms={"block"}).reason_codes == ("no_text", "term_block")
    assert decide(wordless, policy, terms={"block"}).action == "review"
    assert decide(wordless, policy, terms={"watch"}).action == "allow"


def test_a_community_adds_its_terms_to_the_general_ones(tmp_path: Path) -> None:
    path = write_policy(
        tmp_path,
        terms=[{"pattern": "hateword", "kind": "block", "note": "a slur"}],
        communities={"school": {"terms": [{"pattern": "rudeword", "kind": "watch"}]}},
    )
    policy = load_policy(path, MODEL_POINTS, normalise)
    text = normalise("hateword rudeword")
    assert policy.rules.terms.kinds(text, "en") == {"block"}
    assert policy.rules_for("school").terms.kinds(text, "en") == {"block", "watch"}
    [entry] = policy.rules.terms.found(text, "en")
    assert entry.note == "a slur"


def test_a_wrong_term_is_refused_by_its_place(tmp_path: Path) -> None:
    path = write_policy(tmp_path, terms=[{"pattern": "word", "kind": "forbid"}])
    with pytest.raises(PolicyError, match=r"terms\.0\.kind"):
        load_policy(path, MODEL_POINTS)
