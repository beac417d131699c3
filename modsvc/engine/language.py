"""Normalised text → its language.

In: normalised text and, where the caller knows it, a BCP-47 tag, which wins. Out: a
`Language` with the detector's confidence. The model and its measured accuracy are in
docs/adr/0003-language-detection.md. What a language means for a decision is left to
calibration and policy. Nothing is downloaded.
"""

import functools
import re
from typing import Final

from py3langid.langid import (  # type: ignore[import-untyped]
    MODEL_FILE,
    LanguageIdentifier,
)

from modsvc.engine.normalise import EMAIL, PHONE, URL, USER, has_letters
from modsvc.errors import ArtifactError, InputError
from modsvc.types import Language

#: Languages that a doubtful text is taken to be in one of.
LANGUAGES: Final[tuple[str, ...]] = (
    *("en", "es", "ru", "uz", "kk", "ky", "tg", "tk", "az", "hy", "ka", "de", "fr", "it", "pt"),
    *("nl", "pl", "ro", "uk", "tr", "ar", "fa", "hi", "ur", "bn", "ta", "ml", "ne", "am", "he"),
    *("id", "ko", "zh", "my", "mn", "tt"),
)

_CHOICES: Final = frozenset(LANGUAGES)

NO_LANGUAGE: Final = Language("und", 1.0, "none")

#: A text this surely in a language outside `LANGUAGES` is reported as such, so that Greek
#: or Thai is not scored as something supported. Below it accuracy on `LANGUAGES` suffers.
_FOREIGN_AT: Final = 0.9

#: A reply of this many characters shows its language without its parent.
_TELLING: Final = 40

# The first sentences tell; the detector walks byte by byte in Python.
_ENOUGH: Final = 512

_PLACEHOLDERS: Final = re.compile("|".join(re.escape(one) for one in (USER, URL, EMAIL, PHONE)))
_VARIETIES: Final = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "uzs": "uz"}
_NOT_LANGUAGES: Final = frozenset({"zxx"})
_OLD_CODES: Final = {"iw": "he", "in": "id", "ji": "yi"}

_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_][A-Za-z0-9]{1,8})*")
_USUAL_SCRIPTS: Final = {
    "Cyrl": "ru kk ky tg uk mn tt",
    "Arab": "ar fa ur",
    "Deva": "hi ne",
    "Beng": "bn",
    "Taml": "ta",
    "Mlym": "ml",
    "Ethi": "am",
    "Hebr": "he",
    "Kore": "ko",
    "Hans": "zh",
    "Mymr": "my",
    "Armn": "hy",
    "Geor": "ka",
    "Latn": "en es uz tk az de fr it pt nl pl ro tr id",
}
_USUAL: Final = {code: name for name, codes in _USUAL_SCRIPTS.items() for code in codes.split()}


def normalise_tag(tag: str | None) -> str | None:
    """`EN_us` → `en`, `ur-Latn-PK` → `ur-Latn`, `uz-Latn` → `uz`; None for none, blank or `und`.

    The script is kept where it is not the language's usual one; region and the rest go.

    Raises:
        InputError: not a BCP-47 tag.
    """
    if tag is None or not tag.strip():
        return None
    match = _TAG.fullmatch(tag.strip())
    if match is None:
        raise InputError("language must be a BCP-47 tag such as 'en' or 'ur-Latn', or left out")
    code, script = match[1].lower(), (match[2] or "").title()
    code = _OLD_CODES.get(code, code)
    if code == "und":
        return None
    return f"{code}-{script}" if script and script != _USUAL.get(code) else code


@functools.cache
def _identifier() -> LanguageIdentifier:
    """One for all engines of the process: it is the same for every model, and takes 70 MB."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class LanguageDetector:
    """Detects languages. Safe to share between threads."""

    def __init__(self) -> None:
        """Read the detector's own packaged model.

        Raises:
            ArtifactError: there is no temporary space to unpack it in.
        """
        try:
            self._identifier = _identifier()
        except OSError as error:
            raise ArtifactError(
                f"the language model cannot be unpacked ({error.strerror}): it needs 100 MB of "
                "writable temporary space while it loads; mount one on /tmp or set TMPDIR"
            ) from error

    def detect(self, text: str, declared: str | None = None, parent: str | None = None) -> Language:
        """The language of a normalised text; `declared` is a tag from `normalise_tag`.

        A short text that replies to `parent` is looked at together with it. A text without
        letters is `NO_LANGUAGE`, whatever was declared. `confidence` is in [0, 1], and 1 for
        a declared language.
        """
        text = _PLACEHOLDERS.sub(" ", text)
        if not has_letters(text):
            return NO_LANGUAGE
        if declared is not None:
            return Language(declared, 1.0, "caller")
        if parent is not None and len(text) < _TELLING:
            text = f"{text} {_PLACEHOLDERS.sub(' ', parent)}"
        ranking: list[tuple[str, float]] = self._identifier.rank(text[:_ENOUGH])
        best, confidence = ranking[0]
        if best not in _CHOICES and best not in _NOT_LANGUAGES and confidence >= _FOREIGN_AT:
            return Language(_VARIETIES.get(best, best), confidence, "detected")
        known = [(code, share) for code, share in ranking if code in _CHOICES]
        code, share = known[0]
        total = sum(other for _, other in known)
        return Language(code, share / total if total else 0.0, "detected")
