"""A Cyrillic text that was written in Latin letters is seen as people read it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modsvc.engine.language import LanguageDetector
from modsvc.engine.normalise import normalise
from modsvc.engine.pieces import ANY, alphabets, as_cyrillic, as_latin
from tests.fuzz import targets


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Privet, kak dela? Segodnya my idem v kino", "Привет, как дела? Сегодня мы идем в кино"),
        ("ya kupil xleb i moloko, skoro priedu", "я купил хлеб и молоко, скоро приеду"),
        ("POCHEMU NIKTO NE OTVECHAET", "ПОЧЕМУ НИКТО НЕ ОТВЕЧАЕТ"),
        ("Zavtra bude doshch, viz'my kurtku", "Завтра буде дощ, візьми куртку"),
        ("Men erten zhumysqa baramyn", "Мен ертең жұмысқа барамын"),
        ("Man imruz ba maktab meravam", "Ман имрӯз ба мактаб меравам"),
        ("Men bugun mektepke barbaym, oorup zhatam", "Мен бүгүн мектепке барбайм, ооруп жатам"),
    ],
)
def test_latin_letters_are_read_as_what_they_stand_for(written: str, seen: str) -> None:
    assert normalise(written) == seen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "ok",
        "See you tomorrow at the station, bring the tickets.",
        "Mañana no puedo, tengo que ir al banco con mi mamá.",
        "Yarın okula gitmiyorum, hastayım.",
        "Ertaga bozorga boramiz, choy ichamiz.",
        "Jutro idziemy do kina, kup bilety.",
        "Sabah gün çıxsa, dənizə gedərik.",
        "Ertir bazara gitjek, sen hem gel.",
        "Besok saya pergi ke pasar membeli ikan.",
        "Sutra idemo na more, ponesi kremu.",
        "lol wtf omg",
        "Завтра идём в кино, buy the tickets",
    ],
)
def test_what_is_at_home_in_latin_letters_stays(text: str) -> None:
    assert normalise(text) == text


def test_a_foreign_word_in_such_a_text_stays() -> None:
    assert normalise("ya smotrel eto na youtube vchera vecherom") == (
        "я смотрел это на youtube вчера вечером"
    )


def test_the_detector_sees_the_language_that_is_meant() -> None:
    seen = normalise("segodnya ya ne poydu na rabotu, potomu chto zabolela")
    assert LanguageDetector().detect(seen).code == "ru"


#: What readings are made of, so that random texts are full of them.
HALVES = st.text(alphabet="privet kakdlsuyhc'0ыїі.é", max_size=60)


@given(HALVES)
@example("ty kak b w b w b w")
def test_a_second_look_changes_nothing(text: str) -> None:
    targets.normaliser(text)


@given(HALVES)
def test_the_explainer_reads_the_same(text: str) -> None:
    targets.alignment(text)


@pytest.mark.parametrize("language", sorted(alphabets()))
def test_no_reading_is_certain(language: str) -> None:
    likelihood, reading = as_cyrillic("mama", language)
    assert reading == "мама"
    assert as_latin("mama") < 0
    assert likelihood < 0


#: Of letters that a reading may be of, and of some that none is.
LATIN_WORDS = st.text(alphabet="abchiksuyz'oqwəş", min_size=1, max_size=12)


@given(LATIN_WORDS, st.sampled_from(sorted(alphabets())))
@example("shchas", "ru")
@example("zhurtym", "kk")
def test_no_language_makes_a_word_likelier_than_any_may(word: str, language: str) -> None:
    assert as_cyrillic(word, language)[0] <= as_cyrillic(word, ANY)[0] + 1e-9


def test_a_long_text_without_blanks_takes_no_time() -> None:
    text = "privetkakdela" * 5_000
    assert normalise(text) == text
