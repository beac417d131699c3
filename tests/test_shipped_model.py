"""The model in the repository keeps the engine's promises: it is verified, small and steady."""

import random
from pathlib import Path

import numpy as np
import pytest

from eval.operating_points import OperatingPoints
from modsvc.engine.artifact import load_artifact
from modsvc.engine.engine import Engine
from modsvc.types import Content, Score

MODEL = Path(__file__).parents[1] / "models" / "default"
MEGABYTE = 1_000_000

#: "The market opens at eight tomorrow", more or less, in each language's own words.
MARKET = {
    "en": "The market opens at eight tomorrow.",
    "es": "El mercado abre mañana a las ocho.",
    "ru": "Рынок завтра открывается в восемь.",
    "uz": "Bozor ertaga soat sakkizda ochiladi.",
    "kk": "Базар ертең сағат сегізде ашылады.",
    "ky": "Базар эртең саат сегизде ачылат.",
    "tg": "Бозор пагоҳ соати ҳашт кушода мешавад.",
    "tk": "Bazar ertir sagat sekizde açylýar.",
    "az": "Bazar sabah saat səkkizdə açılır.",
    "hy": "Շուկան վաղը բացվում է ժամը ութին։",
    "ka": "ბაზარი ხვალ რვა საათზე იხსნება.",
    "de": "Der Markt öffnet morgen um acht.",
    "fr": "Le marché ouvre demain à huit heures.",
    "it": "Il mercato apre domani alle otto.",
    "pt": "A feira abre amanhã às oito.",
    "nl": "De markt gaat morgen om acht uur open.",
    "pl": "Targ otwiera się jutro o ósmej.",
    "ro": "Piața se deschide mâine la opt.",
    "uk": "Ринок завтра відкривається о восьмій.",
    "tr": "Pazar yarın saat sekizde açılıyor.",
    "ar": "يفتح السوق غدا في الثامنة.",
    "fa": "بازار فردا ساعت هشت باز می‌شود.",
    "hi": "बाज़ार कल आठ बजे खुलेगा।",
    "ta": "சந்தை நாளை எட்டு மணிக்கு திறக்கும்.",
    "ko": "시장은 내일 여덟 시에 열립니다.",
    "zh": "市场明天八点开门。",
}

#: "Women are people and deserve the same rights", more or less, in each language's own words.
RIGHTS = {
    "en": "Women are people and deserve the same rights as anyone else.",
    "es": "Las mujeres son personas y merecen los mismos derechos.",
    "ru": "Женщины — люди и заслуживают тех же прав.",
    "uz": "Ayollar ham inson va teng huquqqa loyiq.",
    "kk": "Әйелдер де адам және тең құқыққа лайық.",
    "ky": "Аялдар да адам жана тең укукка татыктуу.",
    "tg": "Занон ҳам инсонанд ва сазовори ҳуқуқи баробаранд.",
    "tk": "Aýallar hem adam we deň hukuga mynasyp.",
    "az": "Qadınlar da insandır və bərabər hüquqlara layiqdir.",
    "hy": "Կանայք մարդ են և արժանի են նույն իրավունքներին։",
    "ka": "ქალები ადამიანები არიან და იმავე უფლებებს იმსახურებენ.",
    "de": "Frauen sind Menschen und verdienen die gleichen Rechte.",
    "fr": "Les femmes sont des êtres humains et méritent les mêmes droits.",
    "it": "Le donne sono persone e meritano gli stessi diritti.",
    "pt": "As mulheres são pessoas e merecem os mesmos direitos.",
    "nl": "Vrouwen zijn mensen en verdienen dezelfde rechten.",
    "pl": "Kobiety są ludźmi i zasługują na te same prawa.",
    "ro": "Femeile sunt oameni și merită aceleași drepturi.",
    "uk": "Жінки — люди й заслуговують на ті самі права.",
    "tr": "Kadınlar da insandır ve aynı hakları hak eder.",
    "ar": "النساء بشر ويستحققن الحقوق نفسها.",
    "fa": "زنان انسان‌اند و سزاوار همان حقوق‌اند.",
    "hi": "औरतें भी इंसान हैं और बराबर हक़ की हक़दार हैं।",
    "ta": "பெண்களும் மனிதர்கள், அவர்களுக்கும் சம உரிமை உண்டு.",
    "ko": "여성도 사람이고 같은 권리를 누려야 합니다.",
    "zh": "女性也是人，应当享有同样的权利。",
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(MODEL, threads=2)


def test_the_folder_is_what_its_manifest_says_and_at_most_60_megabytes() -> None:
    artifact = load_artifact(MODEL)
    assert artifact.manifest.tier == "open"
    total = sum(path.stat().st_size for path in MODEL.iterdir())
    assert total <= 60 * MEGABYTE


def test_it_computes_here_what_it_computed_when_it_was_packed(engine: Engine) -> None:
    engine.check_canary()
    assert len(engine.artifact.manifest.canary) >= 4


@pytest.mark.parametrize("code", MARKET)
def test_a_plain_sentence_is_answered_and_not_flagged(engine: Engine, code: str) -> None:
    [score] = scores(engine, [MARKET[code]])
    assert all(0 <= value <= 1 for value in score.categories.values())
    assert not flagged(engine, score)


@pytest.mark.parametrize("code", RIGHTS)
def test_to_say_that_women_have_rights_is_no_hate(engine: Engine, code: str) -> None:
    [score] = engine.score([Content(RIGHTS[code], language=code)])
    assert not flagged(engine, score)


def test_the_language_of_a_short_sentence_is_found(engine: Engine) -> None:
    found = [score.language.code for score in scores(engine, list(MARKET.values()))]
    wrong = {code: other for code, other in zip(MARKET, found, strict=True) if code != other}
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_text_scores_alike_alone_and_in_any_batch(engine: Engine, threads: int) -> None:
    texts = [*MARKET.values(), " ".join(MARKET.values()), "no", "a " * 400]
    one_by_one = np.concatenate([engine.logits([text]) for text in texts])
    order = random.Random(3).sample(range(len(texts)), len(texts))
    other = Engine.load(MODEL, threads=threads)
    together = other.logits([texts[index] for index in order])
    assert np.abs(sigmoid(together) - sigmoid(one_by_one[order])).max() <= 1e-3


def scores(engine: Engine, texts: list[str]) -> list[Score]:
    return engine.score([Content(text) for text in texts])


def flagged(engine: Engine, score: Score) -> bool:
    points = OperatingPoints.of(engine.artifact.calibration.operating_points)
    return points.flags(score, score.language.code)


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values.astype(np.float64)))


def test_it_gives_the_same_logits_when_its_weights_are_shared(
    engine: Engine, tmp_path: Path
) -> None:
    sharing = Engine.load(MODEL, threads=1, shared_weights=tmp_path)
    # Some leave after the lower layers, some do not.
    texts = [*MARKET.values(), "Women like you belong in the kitchen, shut up."]
    contents = [Content(text) for text in texts]

    np.testing.assert_array_equal(sharing.logits(texts), engine.logits(texts))
    ours, theirs = (
        [(one.probability, one.categories) for one in each.score(contents)]
        for each in (sharing, engine)
    )
    assert ours == theirs
