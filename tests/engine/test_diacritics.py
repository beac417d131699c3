"""A text typed without diacritics is seen as its language spells it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modsvc.engine.diacritics import WINDOWS, without_diacritics
from modsvc.engine.language import LanguageDetector
from modsvc.engine.normalise import as_written, forms, normalise
from tests.fuzz import targets


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Sabah hava yaxsi olsa, denize gederik", "Sabah hava yaxşı olsa, dənizə gedərik"),
        ("Qadinlar da masin sure bilir", "Qadınlar da maşın sürə bilir"),
        ("Maine nu pot sa vin, ca sunt bolnava", "Mâine nu pot să vin, că sunt bolnavă"),
        ("Yarin okula gelmiyorum, cok isim var", "Yarın okula gelmiyorum, çok işim var"),
        ("Je suis tres fatiguee, c'est deja fini", "Je suis très fatiguée, c'est déjà fini"),
        ("Jutro nie moge przyjsc, jestem chora", "Jutro nie mogę przyjść, jestem chora"),
        ("Voce nao sabe o que esta dizendo", "Você não sabe o que está dizendo"),
        (
            "Hoy no voy a la reunion porque tambien estoy cansada",
            "Hoy no voy a la reunión porque también estoy cansada",
        ),
        ("Какои хорошии день, поидем гулять", "Какой хороший день, пойдём гулять"),
        ("Мен бугін жумыска бара алмаимын", "Мен бүгін жұмысқа бара алмаймын"),
    ],
)
def test_marks_are_put_back(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "ok",
        "See you tomorrow at the station, bring the tickets.",
        "We met at the cafe and talked about her resume.",
        "Domani non posso, devo andare in banca con mia madre.",
        "Morgen kommt der Zug um acht, bring die Karten mit.",
        "Morgen kan ik niet, ik moet naar de bank.",
        "Besok saya pergi ke pasar membeli ikan.",
        "Ertaga bozorga boramiz, choy ichamiz.",
        "Завтра идем в кино, возьми билеты.",
        "Что это? Кто там?",
        "Bugün hava cok guzel",
        "lol wtf omg",
        "今天天气很好",
    ],
)
def test_what_lacks_nothing_or_has_marks_somewhere_stays(text: str) -> None:
    assert normalise(text) == text


def test_capitals_stay_capitals() -> None:
    assert normalise("VOCE NAO SABE o que esta dizendo") == "VOCÊ NÃO SABE o que está dizendo"


def test_the_detector_sees_the_language_that_is_meant() -> None:
    seen = normalise("Sabah hava yaxsi olsa, denize gederik")
    assert LanguageDetector().detect(seen).code == "az"


def test_a_policy_may_look_for_either_spelling() -> None:
    assert forms("voce nao sabe o que esta dizendo") == (
        "voce nao sabe o que esta dizendo",
        "você não sabe o que está dizendo",
    )


def test_latin_letters_that_stand_for_cyrillic_get_their_marks_too() -> None:
    assert normalise("Men erten zhumysqa baramyn") == "Мен ертең жұмысқа барамын"


def test_windows_are_told_apart_by_their_length() -> None:
    assert len({before + after for before, after in WINDOWS}) == len(WINDOWS)


#: What such texts are made of, so that random ones are full of them.
WORDS = (
    "sabah hava yaxsi denize gederik voce nao esta moge przyjsc sunt bolnava sa ca tres "
    "deja Какои хорошии поидем бугін жумыска işə é ok 4u"
)
BARE = st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join)


@given(BARE)
@example("sabah hava denize nao esta voce")
def test_a_second_look_changes_nothing(text: str) -> None:
    targets.normaliser(text)


@given(BARE)
@example("é é é é")
def test_nothing_but_marks_changes(text: str) -> None:
    written = as_written(text)
    assert without_diacritics(normalise(text)).lower() == without_diacritics(written).lower()


@given(BARE)
def test_the_explainer_reads_the_same(text: str) -> None:
    targets.alignment(text)
