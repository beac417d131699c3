"""Short texts whose language is known, from the raw datasets.

In: the folder of raw datasets, as `python -m training fetch` fills it. Out: texts of a
language as the engine would see them (normalised), up to 280 characters, or cut at a word
to at most 40. The language of the source is the gold label; texts mostly in another script
than the language's own are left out (romanised Hindi or Tamil), and no more is done to
clean it, so that 100 % is out of reach.
"""

import csv
import io
import random
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from modsvc.engine.normalise import normalise

_SCRIPTS = {
    "CYRILLIC": "ru kk ky tg uk mn tt",
    "ARABIC": "ar fa ur",
    "DEVANAGARI": "hi ne",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "MALAYALAM": "ml",
    "ETHIOPIC": "am",
    "HEBREW": "he",
    "HANGUL": "ko",
    "CJK": "zh",
    "MYANMAR": "my",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
}
SCRIPT_OF = {code: name for name, codes in _SCRIPTS.items() for code in codes.split()}

Reader = Callable[[Path], Iterator[str]]


def _column(
    name: str | int, *, delimiter: str = ",", encoding: str = "utf-8-sig", quoted: bool = True
) -> Reader:
    """Reads one column of a delimited file, by header name or, without a header, by position."""

    def read(path: Path) -> Iterator[str]:
        with path.open(encoding=encoding, newline="") as file:
            table = csv.reader(
                file,
                delimiter=delimiter,
                quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            )
            place = name if isinstance(name, int) else next(table).index(name)
            yield from (row[place] for row in table if len(row) > place)

    return read


def _lines(path: Path) -> Iterator[str]:
    yield from path.read_text("utf-8-sig").splitlines()


def _conllu(path: Path) -> Iterator[str]:
    start = "# text = "
    yield from (line.removeprefix(start) for line in _lines(path) if line.startswith(start))


def _sheet(path: Path) -> Iterator[str]:
    from openpyxl import load_workbook

    rows = load_workbook(path, read_only=True, data_only=True)["Sheet16"].values
    place = next(rows).index("TweetText")
    yield from (str(row[place] or "") for row in rows)


def _zipped(member: str) -> Reader:
    def read(path: Path) -> Iterator[str]:
        with zipfile.ZipFile(path) as archive, archive.open(member) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
            yield from (row["tweet"] for row in csv.DictReader(text))

    return read


def _burmese(path: Path) -> Iterator[str]:
    yield from (line.rsplit("\t", 1)[0].split("/", 1)[0] for line in _lines(path))


def _parallel(sib: str, ntrex: str) -> tuple[tuple[str, Reader], ...]:
    return (
        (f"dadelani/sib-200/data/annotated/{sib}/train.tsv", _column("text", delimiter="\t")),
        (f"MicrosoftTranslator/NTREX/NTREX-128/newstest2019-ref.{ntrex}.txt", _lines),
    )


_ULI = "tattle-made/uli_dataset/training/train_{}_l1.csv"
_UD = "UniversalDependencies/UD_"

#: Where each language's texts come from; social media where there is any, else news and wiki.
SOURCES: dict[str, tuple[tuple[str, Reader], ...]] = {
    "en": (("rewire-online/edos/data/edos_labelled_aggregated.csv", _column("text")),),
    "es": (("datacubeR/hate_speech/public_data/tweets_train.csv", _column("text")),),
    "ru": (
        (
            "clips/gsoc2019_crosslang/russian sexist corpora/annotated/media_1.csv",
            _column("Text"),
        ),
        (f"{_UD}Russian-Taiga/ru_taiga-ud-dev.conllu", _conllu),
    ),
    "uz": (
        ("elmurod1202/uzbek-sentiment-analysis/Datasets/UZ_negative.txt", _lines),
        ("elmurod1202/uzbek-sentiment-analysis/Datasets/UZ_positive.txt", _lines),
        *_parallel("uzn_Latn", "uzb"),
    ),
    "kk": (
        (f"{_UD}Kazakh-KTB/kk_ktb-ud-test.conllu", _conllu),
        *_parallel("kaz_Cyrl", "kaz"),
    ),
    "ky": (
        (
            "alexeyev/kyrgyz-multi-label-topic-classification/data/qad-test_0500.csv",
            _column("text"),
        ),
        *_parallel("kir_Cyrl", "kir"),
    ),
    "tg": _parallel("tgk_Cyrl", "tgk-Cyrl"),
    "tk": _parallel("tuk_Latn", "tuk"),
    "az": _parallel("azj_Latn", "aze-Latn"),
    "hy": (
        (f"{_UD}Armenian-ArmTDP/hy_armtdp-ud-dev.conllu", _conllu),
        *_parallel("hye_Armn", "hye"),
    ),
    "ka": (
        (f"{_UD}Georgian-GLC/ka_glc-ud-dev.conllu", _conllu),
        *_parallel("kat_Geor", "kat"),
    ),
    "mn": _parallel("khk_Cyrl", "mon"),
    "tt": _parallel("tat_Cyrl", "tat"),
    "de": (("jagol/gahd/gahd.csv", _column("text")),),
    "fr": (
        (
            "HKUST-KnowComp/MLMA_hate_speech/hate_speech_mlma.zip",
            _zipped("hate_speech_mlma/fr_dataset.csv"),
        ),
    ),
    "it": (("arimuti/PejorativITy/datasets/pejorative/pejorativity.csv", _column("text")),),
    "pt": (("JAugusto97/ToLD-Br/ToLD-BR.csv", _column("text")),),
    "pl": (("mkossakowski19/hate_speech_detection/data/test/test_set_only_text.txt", _lines),),
    "ro": (
        ("readerbench/news-ro-offense/comments.csv", _column("comment_text")),
        ("readerbench/ro-offense/test.csv", _column("text")),
    ),
    "tr": (
        (
            "L2-Regulasyon/Teknofest2023/data/raw/teknofest_train_final.csv",
            _column("text", delimiter="|"),
        ),
    ),
    "ar": (
        (
            "aehabV/Hate-Speech-Detection-on-Arabic-Tweets/Dataset/OSACT2022-sharedTask-train.txt",
            _column(1, delimiter="\t", quoted=False),
        ),
    ),
    "hi": ((_ULI.format("hi"), _column("text")),),
    "ta": ((_ULI.format("ta"), _column("text")),),
    "bn": (
        (
            "rezacsedu/Bengali-Hate-Speech-Dataset/bengali_ hate_v1.0.csv",
            _column("text", delimiter="\t", quoted=False),
        ),
    ),
    "ml": (
        (
            "Deeplearninglabiiita/DravidianLangTech-/data/Malayalam/train.csv",
            _column("transcriptions"),
        ),
    ),
    "ne": (
        (
            "oya163/nepali-sentiment-analysis/data/nepcls/csv/ss_ac_at_txt_unbal.csv",
            _column(3),
        ),
    ),
    "am": (
        (
            "uhh-lt/AmharicHateSpeech/Data/RANLP2023/test.csv",
            _column(1, delimiter="\t", quoted=False),
        ),
    ),
    "he": (("SinaLab/OffensiveHebrew/data/AllData_OffensiveHebrew.xlsx", _sheet),),
    "id": (
        (
            "okkyibrohim/id-multi-label-hate-speech-and-abusive-language-detection/re_dataset.csv",
            _column("Tweet", encoding="latin-1"),
        ),
    ),
    "ko": (("kocohub/korean-hate-speech/labeled/train.tsv", _column("comments", delimiter="\t")),),
    "zh": (("thu-coai/COLDataset/COLDataset/dev.csv", _column("TEXT")),),
    "my": (("ye-kyaw-thu/myHateSpeech/corpus/version1.0/myHateSpeech_ver1.0.txt", _burmese),),
}


def sample_texts(raw_dir: Path, language: str, size: int) -> list[str]:
    """At most `size` distinct normalised texts of one language, the same in every run.

    Texts with fewer than 10 letters (4 where a letter is a syllable), or mostly in another
    script, are left out.
    """
    texts: dict[str, None] = {}
    for path, read in SOURCES.get(language, ()):
        texts.update(dict.fromkeys(normalise(text)[:280] for text in read(raw_dir / path)))
    fit = [text for text in texts if _in_own_script(text, SCRIPT_OF.get(language, "LATIN"))]
    return random.Random(7).sample(fit, min(size, len(fit)))


def _in_own_script(text: str, script: str) -> bool:
    names = [unicodedata.name(character, "") for character in text if character.isalpha()]
    enough = 4 if script in ("HANGUL", "CJK", "ETHIOPIC") else 10
    return len(names) >= enough and sum(script in name for name in names) > 0.7 * len(names)


def clip(text: str, limit: int = 40) -> str:
    """The first words of `text`, at most `limit` characters."""
    return text if len(text) <= limit else text[: limit + 1].rsplit(" ", 1)[0][:limit]
