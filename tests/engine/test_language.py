"""The language of a text: the caller's word, else the detector's, else none."""

import socket

import pytest

from modsvc.engine.language import LANGUAGES, LanguageDetector, normalise_tag
from modsvc.engine.normalise import normalise
from modsvc.errors import InputError


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "I really enjoyed the concert last night"),
        ("es", "Mañana vamos a visitar a mi abuela en el pueblo"),
        ("ru", "Сегодня на улице очень холодно, оденься теплее"),
        ("uz", "Bugun biz do'stlarim bilan bozorga bordik"),
        ("uz", "Бугун биз дўстларим билан бозорга бордик"),
        ("kk", "Бүгін біз достарымызбен бірге базарға бардық"),
        ("ky", "Бүгүн биз досторубуз менен базарга бардык, жакшы күн болду"),
        ("tg", "Имрӯз мо бо дӯстон ба бозор рафтем"),
        ("tk", "Şu gün biz dostlarymyz bilen bazara gitdik"),
        ("az", "Bu gün biz dostlarımızla bazara getdik, hava çox gözəl idi"),
        ("hy", "Այսօր մենք գնացինք շուկա"),
        ("ka", "დღეს ბაზარში წავედით"),
        ("ur", "آج ہم اپنے دوستوں کے ساتھ بازار گئے"),
        ("fa", "امروز با دوستانمان به بازار رفتیم و خیلی خوش گذشت"),
        ("uk", "Сьогодні ми з друзями ходили на базар, було дуже весело"),
        ("nl", "Vandaag zijn we met vrienden naar de markt gegaan"),
    ],
)
def test_everyday_sentences_are_recognised(
    detector: LanguageDetector, code: str, text: str
) -> None:
    found = detector.detect(text)

    assert (found.code, found.source) == (code, "detected")
    assert 0.5 < found.confidence <= 1


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("el", "Καλημέρα σε όλους, τι κάνετε σήμερα;"),
        ("th", "สวัสดีครับ วันนี้เป็นอย่างไรบ้าง"),
        ("ja", "おはようございます、今日は元気ですか"),
    ],
)
def test_a_language_outside_the_list_is_not_taken_for_one_inside(
    detector: LanguageDetector, code: str, text: str
) -> None:
    assert code not in LANGUAGES
    assert detector.detect(text).code == code


@pytest.mark.parametrize("text", ["", "   ", "123 456", "😀😀 !!!", "@maria https://example.org"])
def test_without_letters_there_is_no_language(detector: LanguageDetector, text: str) -> None:
    found = detector.detect(normalise(text), "en")

    assert (found.code, found.confidence, found.source) == ("und", 1.0, "none")


def test_the_callers_word_wins(detector: LanguageDetector) -> None:
    found = detector.detect("I really enjoyed the concert", "ur-Latn")

    assert (found.code, found.confidence, found.source) == ("ur-Latn", 1.0, "caller")


def test_handles_and_links_do_not_count(detector: LanguageDetector) -> None:
    text = "Hoy no puedo ir"
    surrounded = normalise(f"@someone @other {text} https://example.org/english-words")

    assert detector.detect(surrounded).code == detector.detect(text).code == "es"


def test_any_text_gets_an_answer_in_bounds(detector: LanguageDetector) -> None:
    for text in ("a", "ö", "ǅ", "ᚠᚢᚦ", "字", "ꙮ" * 5_000, "word " * 20_000):
        found = detector.detect(text)
        assert found.source == "detected"
        assert 0 <= found.confidence <= 1


def test_nothing_is_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the detector opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert LanguageDetector().detect("hello to all of you").code == "en"


@pytest.mark.parametrize(
    ("tag", "normal"),
    [
        ("en", "en"),
        ("EN_us", "en"),
        ("pt-BR", "pt"),
        ("ur-Latn", "ur-Latn"),
        ("ur-latn-PK", "ur-Latn"),
        ("uz-Latn", "uz"),
        ("uz-Cyrl", "uz-Cyrl"),
        ("zh-Hans-CN", "zh"),
        ("iw", "he"),
        ("es-419", "es"),
        (" ru ", "ru"),
        ("und", None),
        ("", None),
        (None, None),
    ],
)
def test_tags_are_brought_to_one_form(tag: str | None, normal: str | None) -> None:
    assert normalise_tag(tag) == normal


@pytest.mark.parametrize("tag", ["english", "e", "en--us", "en us", "日本", "x" * 1000, "en\n\x00"])
def test_what_is_no_tag_is_refused_without_being_quoted(tag: str) -> None:
    with pytest.raises(InputError, match="BCP-47") as refused:
        normalise_tag(tag)
    assert len(str(refused.value)) < 100


def test_a_short_reply_is_taken_with_its_parent(detector: LanguageDetector) -> None:
    parent = "Сегодня на заседании выступила новая председательница комитета"
    assert detector.detect("ok", parent=parent).code == "ru"
    long = "This sentence is long enough to show which language it is written in."
    assert detector.detect(long, parent=parent).code == "en"
    assert detector.detect("@user", parent=parent).code == "und"
